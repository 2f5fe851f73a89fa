import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { form, noticeBox, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

type Shown = {
  readonly typed: { readonly username: string; readonly full_name: string }
  readonly notice: string | undefined
  readonly errors: FormErrors | undefined
}

export function profilePage(call: Call, { typed, notice, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet slim">
<h1>${texts.get('profile_title')}</h1>
<p class="lead">${texts.get('profile_lead')}</p>
${noticeBox(notice)}
${form(texts, {
  action: '/account/profile',
  errors,
  fields: fieldsOf(texts, typed),
  button: submit(texts.get('save')),
})}
</section>
<section class="sheet slim">
<h2>${texts.get('delete_title')}</h2>
<p>${texts.get('delete_hint')}</p>
<p class="buttons"><a class="button danger" href="/account/delete">${texts.get('delete_link')}</a></p>
</section>`
  return accountPage(call, {
    place: '/account/profile',
    title: texts.get('profile_title'),
    content,
    errors,
  })
}

function fieldsOf(texts: Texts, typed: Shown['typed']) {
  return [
    {
      name: 'username',
      label: texts.get('username'),
      type: 'text',
      autocomplete: 'username',
      value: typed.username,
      hint: texts.get('username_hint'),
      optional: true,
    },
    {
      name: 'full_name',
      label: texts.get('full_name'),
      type: 'text',
      autocomplete: 'name',
      value: typed.full_name,
      optional: true,
    },
  ] as const
}
