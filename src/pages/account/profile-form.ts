import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { form, notice, submit } from '#src/pages/form.ts'
import type { Problems } from '#src/pages/problems.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

type Shown = {
  readonly typed: { readonly username: string; readonly full_name: string }
  readonly said: string | undefined
  readonly problems: Problems | undefined
}

export function profilePage(call: Call, { typed, said, problems }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet slim">
<h1>${texts.say('profile_title')}</h1>
<p class="lead">${texts.say('profile_lead')}</p>
${notice(said)}
${form(texts, {
  action: '/account/profile',
  problems,
  fields: fieldsOf(texts, typed),
  button: submit(texts.say('save')),
})}
</section>
<section class="sheet slim">
<h2>${texts.say('delete_title')}</h2>
<p>${texts.say('delete_hint')}</p>
<p class="buttons"><a class="button danger" href="/account/delete">${texts.say('delete_link')}</a></p>
</section>`
  return accountPage(call, {
    place: '/account/profile',
    title: texts.say('profile_title'),
    content,
    problems,
  })
}

function fieldsOf(texts: Texts, typed: Shown['typed']) {
  return [
    {
      name: 'username',
      label: texts.say('username'),
      type: 'text',
      autocomplete: 'username',
      value: typed.username,
      hint: texts.say('username_hint'),
      optional: true,
    },
    {
      name: 'full_name',
      label: texts.say('full_name'),
      type: 'text',
      autocomplete: 'name',
      value: typed.full_name,
      optional: true,
    },
  ] as const
}
