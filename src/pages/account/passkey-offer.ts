import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { answerPage } from '#src/pages/layout.ts'
import { passkeyForm } from '#src/pages/passkey-form.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

/** The script shows it if the device can store a passkey. */
export function passkeyOffer(texts: Texts): Html {
  return html`<section class="sheet" hidden data-offer>
<h2>${texts.get('passkey_offer_title')}</h2>
<p>${texts.get('passkey_offer_lead')}</p>
<form class="buttons" method="post" action="/account/passkeys/not-now">
<a class="button primary" href="/account/passkeys">${texts.get('passkey_add')}</a>
<button>${texts.get('passkey_not_now')}</button>
</form>
</section>`
}

/**
 * The same on a separate page after a sign-in with a password or by mail, with a link to `next`. If the
 * browser supports it, its password manager adds the passkey without a prompt.
 */
export function passkeyOfferPage(call: Call, next: string | undefined): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('passkey_offer_title')
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('passkey_offer_lead')}</p>
${passkeyForm(texts, {
  kind: 'add',
  action: '/account/passkeys',
  options: '/account/passkeys/options',
  unasked: '/account/passkeys/options?unasked=1',
  next: next ?? '/account',
  label: texts.get('passkey_add'),
  isPrimary: true,
})}
<form class="buttons" method="post" action="/account/passkeys/not-now">
${next !== undefined && html`<input type="hidden" name="next" value="${next}">`}
<button>${texts.get('passkey_not_now')}</button>
</form>
</section>`
  return answerPage(call, { status: 200, title, shape: 'card', content, scripts: [passkeyScript] })
}
