import { seeOther } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { buttonForm, submit } from '#src/pages/form.ts'
import { answerPage } from '#src/pages/layout.ts'
import { textsFor } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

/** For people who type the URL: signing out needs a form, so that no link can do it. */
export const showSignOut = endpoint({
  summary: 'A page with the button that signs out.',
  responses: { 200: null, 303: null },
  errors: [],
  handle: (_world: World, call) => {
    if (!call.caller) return seeOther('/sign-in')
    const texts = textsFor(call.language)
    const title = texts.get('sign_out_title')
    const content = html`<section class="sheet"><h1>${title}</h1>
${buttonForm('/sign-out', submit(texts.get('sign_out')))}
<p class="aside"><a href="/account">${texts.get('your_account')}</a></p></section>`
    return answerPage(call, { status: 200, title, shape: 'card', content })
  },
})

export const showSignOutEverywhere = endpoint({
  summary: 'Asks whether to sign out everywhere, and explains the effects.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: (_world: World, call) => {
    const texts = textsFor(call.language)
    const title = texts.get('everywhere_title')
    const content = html`<section class="sheet"><h1>${title}</h1>
<p class="lead">${texts.get('everywhere_lead')}</p>
<form method="post" action="/sign-out-everywhere">
<div class="buttons stacked">
<a class="button primary" href="/account/devices">${texts.get('everywhere_keep')}</a>
<button class="danger">${texts.get('sign_out_everywhere')}</button></div>
</form></section>`
    return answerPage(call, { status: 200, title, shape: 'card', content })
  },
})
