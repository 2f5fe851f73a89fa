import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { destinationOf, type LogoutRequest, readLogoutRequest } from '#src/oidc/end-session.ts'
import { continuePage } from '#src/pages/consent/consent-page.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { answerPage } from '#src/pages/layout.ts'
import { textsFor } from '#src/pages/texts.ts'
import { end } from '#src/sessions/end.ts'
import { clearingCookies } from '#src/tokens/clear-cookies.ts'
import type { World } from '#src/world/world.ts'

/** A URL of this length reaches the server through every proxy. */
const maxLength = 8000

/** Anything except a single string counts as absent. */
const Text = z.string().max(8192).optional().catch(undefined)

const Asked = z.object({
  id_token_hint: Text,
  client_id: Text,
  post_logout_redirect_uri: Text,
  state: Text,
})

function requestIn(world: World, asked: z.output<typeof Asked>): Promise<LogoutRequest> {
  return readLogoutRequest(world, {
    idTokenHint: asked.id_token_hint,
    clientId: asked.client_id,
    postLogoutUri: asked.post_logout_redirect_uri,
    state: asked.state,
  })
}

/**
 * OpenID Connect RP-Initiated Logout. With an ID token of this session the user is signed out at once;
 * otherwise, or if the address is not registered, the user is asked first, so that other sites cannot sign
 * people out.
 */
export const showLogout = endpoint({
  summary: 'Signs the user out at the request of an app. Asks first, unless the app sends an ID token.',
  query: Asked,
  responses: { 200: null, 303: null },
  errors: [],
  changesOnGet: true,
  handle: async (world: World, call) => {
    const request = await requestIn(world, call.query)
    const { caller } = call
    const destination = destinationOf(request, caller)
    if (!caller) return seeOther(destination ?? '/sign-in')
    const isProven = request.sessionId === caller.sessionId && !request.isRefused
    if (!isProven) return askPage(call, call.query)
    return signedOut(world, call, destination === undefined ? goodbye(world) : seeOther(destination))
  },
})

/** RP-Initiated Logout section 2: a form of an app is equivalent to a link. */
export const logoutByForm = endpoint({
  summary: 'Accepts the same request as a form, and redirects to the URL with the request in the query.',
  body: Asked,
  responses: { 303: null },
  errors: ['invalid_app_request'],
  handle: (_world: World, call) => {
    const pairs = Object.entries(call.body).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, value]],
    )
    const path = `/oauth/logout?${new URLSearchParams(pairs)}`
    if (path.length > maxLength) throw new AppError('invalid_app_request')
    return seeOther(path)
  },
})

export const sendLogout = endpoint({
  summary: 'Signs the user out, after the user has confirmed it.',
  body: Asked,
  responses: { 200: null, 303: null },
  errors: [],
  handle: async (world: World, call) => {
    const returnTo = destinationOf(await requestIn(world, call.body), call.caller)
    const answer = returnTo === undefined ? goodbye(world) : continuePage(call, returnTo)
    return signedOut(world, call, answer)
  },
})

function goodbye(world: World): Answer {
  return seeOtherWithFlash(world, '/sign-in', 'signed_out')
}

/** The session has ended everywhere before the browser continues. */
async function signedOut(world: World, call: Call, answer: Answer): Promise<Answer> {
  if (!call.caller) return answer
  const { userId, sessionId } = call.caller
  const { propagated } = await end(world, { sessionId, userId, reason: 'logout', by: byCallerOf(call) })
  await propagated
  return clearingCookies(world, answer)
}

function askPage(call: Call, asked: z.output<typeof Asked>): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('logout_title')
  const hidden = Object.entries(asked).filter(([, value]) => value !== undefined)
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('logout_lead')}</p>
<form method="post" action="/oauth/logout/confirm">
${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value ?? ''}">`)}
<div class="buttons"><a class="button" href="/account">${texts.get('logout_stay')}</a>
<button class="danger">${texts.get('sign_out')}</button></div>
</form>
</section>`
  return answerPage(call, { status: 200, title, shape: 'card', content })
}
