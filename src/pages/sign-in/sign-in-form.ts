import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { form, notice, submit } from '#src/pages/form.ts'
import { answerPage } from '#src/pages/layout.ts'
import { withNext } from '#src/pages/next.ts'
import type { Problems } from '#src/pages/problems.ts'
import { textsFor } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

type Shown = {
  readonly typed: { readonly login: string }
  readonly next: string | undefined
  readonly said: string | undefined
  readonly problems: Problems | undefined
}

export function signInPage({ settings }: World, call: Call, { typed, next, said, problems }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet">
<h1>${texts.say('sign_in_title')}</h1>
<p class="lead">${texts.say('sign_in_lead')}</p>
${notice(said)}
${form(texts, {
  action: '/sign-in',
  problems,
  hidden: { next },
  fields: [
    {
      name: 'login',
      label: texts.say('login'),
      type: 'text',
      autocomplete: 'username',
      value: typed.login,
      first: typed.login === '',
    },
    {
      name: 'password',
      label: texts.say('password'),
      type: 'password',
      autocomplete: 'current-password',
      first: true,
    },
  ],
  button: submit(texts.say('sign_in')),
})}
${
  settings.signUp === 'open' &&
  html`<p class="aside">${texts.say('no_user_yet')}
<a href="${withNext('/sign-up', next)}">${texts.say('make_user')}</a></p>`
}
</section>`
  return answerPage(call, {
    status: problems?.status ?? 200,
    title: texts.say('sign_in_title'),
    shape: 'card',
    content,
    ...(problems ? { headers: problems.headers } : {}),
  })
}
