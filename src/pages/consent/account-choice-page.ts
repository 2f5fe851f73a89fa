import type { App } from '#src/apps/app.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { answerPage } from '#src/pages/layout.ts'
import { otherAccountPath } from '#src/pages/sign-in/other-account.ts'
import { textsFor } from '#src/pages/texts.ts'

/** Asks a signed-in user whether to continue with this account: an app has requested the choice. */
export function accountChoicePage(
  call: Call,
  { uid, app, email }: { uid: string; app: App; email: string },
): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('account_choice_title')
  const other = otherAccountPath(`/oauth/authorize/${uid}`)
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('account_choice_lead', { app: app.name })}</p>
<form method="post" action="/oauth/account/${uid}">
<div class="buttons">
<button class="primary">${texts.get('account_choice_keep', { email })}</button>
<a class="button" href="${other}">${texts.get('other_account')}</a></div>
</form>
</section>`
  return answerPage(call, { status: 200, title, shape: 'card', content })
}
