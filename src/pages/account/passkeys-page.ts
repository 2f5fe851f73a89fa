import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { type PasskeyShown, passkeysSection } from '#src/pages/account/passkeys-section.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { alertBox, noticeBox } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { textsFor } from '#src/pages/texts.ts'

type Shown = {
  readonly passkeys: readonly PasskeyShown[]
  readonly canChange: boolean
  readonly signal: Html
  readonly notice: string | undefined
  readonly errors: FormErrors | undefined
}

export function passkeysPage(call: Call, { passkeys, canChange, signal, notice, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`${noticeBox(notice)}${errors && alertBox(errors.alert)}
${passkeysSection(texts, { passkeys, canChange })}
${signal}`
  const title = texts.get('passkeys')
  return accountPage(call, { place: '/account/security', title, content, errors, scripts: [passkeyScript] })
}

export function removePasskeyPage(
  call: Call,
  { passkey, errors }: { passkey: PasskeyShown; errors: FormErrors | undefined },
): Answer {
  const texts = textsFor(call.language)
  const { id, name } = passkey
  const content = html`<section class="sheet slim">
<h1>${texts.get('passkey_remove_title')}</h1>
${errors && alertBox(errors.alert)}
<p class="lead">${texts.get('passkey_remove_lead', { name })}</p>
<form method="post" action="/account/passkeys/${id}/remove">
<div class="buttons"><a class="button primary" href="/account/passkeys">${texts.get('passkey_keep')}</a>
<button class="danger">${texts.get('passkey_remove')}</button></div>
</form>
</section>`
  return accountPage(call, {
    place: '/account/security',
    title: texts.get('passkey_remove_title'),
    content,
    errors,
  })
}
