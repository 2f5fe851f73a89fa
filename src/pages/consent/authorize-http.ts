import { AppError } from '#src/errors/errors.ts'
import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { cookieName, setCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { isLanguage } from '#src/http/language.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { keepAccount, pendingChoice } from '#src/oidc/interaction.ts'
import {
  type AuthorizationAnswer,
  AuthorizationParameters,
  authorizePath,
  beginRequest,
  resumeRequest,
} from '#src/oidc/provider-http.ts'
import { accountChoicePage } from '#src/pages/consent/account-choice-page.ts'
import { continuePage } from '#src/pages/consent/consent-page.ts'
import { formPostPage } from '#src/pages/consent/form-post-page.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export const authorize = endpoint({
  summary: 'Begins the sign-in to an app: the authorization endpoint (RFC 6749, OpenID Connect Core).',
  query: AuthorizationParameters,
  responses: { 200: null, 303: null },
  errors: ['invalid_app_request', 'too_many_requests'],
  changesOnGet: true,
  limit: byAddress('authorize'),
  handle: async (world: World, call) => {
    const answer = await beginRequest(world, call, call.query)
    const cookies = languageCookies(world, call, call.query.ui_locales)
    if (answer.kind === 'redirect')
      return withCookies(seeOther(answer.location), [...answer.cookies, ...cookies])
    return answerOf(call, answer)
  },
})

/** A URL of this length reaches the server through every proxy. Longer requests are pushed (RFC 9126). */
const maxLength = 8000

/**
 * OpenID Connect Core section 3.1.2.1. A form of another site arrives without the cookies of the browser, so
 * it becomes the same request as a link.
 */
export const authorizeByForm = endpoint({
  summary: 'Accepts the same request as a form, and redirects to the URL with the request in the query.',
  body: AuthorizationParameters,
  responses: { 303: null },
  errors: ['invalid_app_request', 'too_many_requests'],
  limit: byAddress('authorize'),
  handle: (_world: World, call) => {
    const path = authorizePath(call.body)
    if (path.length > maxLength) throw new AppError('invalid_app_request')
    return seeOther(path)
  },
})

export const resumeAuthorization = endpoint({
  summary: 'Continues the sign-in to an app, after the user has signed in or consented.',
  responses: { 200: null, 303: null },
  errors: ['invalid_app_request'],
  changesOnGet: true,
  handle: async (world: World, call) => answerOf(call, await resumeRequest(world, call)),
})

export const showAccountChoice = endpoint({
  summary: 'Asks with which account to continue to an app.',
  responses: { 200: null },
  errors: ['not_signed_in', 'not_found'],
  handle: async (world: World, call) => {
    const uid = call.params.uid ?? ''
    const app = await pendingChoice(world, uid)
    const user = await findUser(world.db.query, callerOf(call).userId)
    if (!user) throw new AppError('not_signed_in')
    return accountChoicePage(call, { uid, app, email: user.email })
  },
})

export const sendAccountChoice = endpoint({
  summary: 'Continues to the app with the signed-in account.',
  responses: { 303: null },
  errors: ['not_signed_in', 'not_found'],
  handle: async (world: World, call) => seeOther(await keepAccount(world, call.params.uid ?? '')),
})

function answerOf(call: Call, answer: AuthorizationAnswer): Answer {
  if (answer.kind === 'form_post') return withCookies(formPostPage(call, answer.formPost), answer.cookies)
  const { location, cookies } = answer
  return withCookies(location.startsWith('/') ? seeOther(location) : continuePage(call, location), cookies)
}

const yearSeconds = 365 * 24 * 60 * 60

/** The language that the app requests, until the user chooses one. */
function languageCookies(world: World, { cookies }: Call, locales: unknown): string[] {
  const languages = typeof locales === 'string' ? locales.toLowerCase().split(' ') : []
  const language = languages.map((one) => one.split('-')[0]).find(isLanguage)
  const hasChosen = cookies.get(cookieName('language', isSecure(world))) !== undefined
  return language === undefined || hasChosen
    ? []
    : [setCookie('language', language, yearSeconds, isSecure(world))]
}
