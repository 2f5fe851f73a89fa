import { z } from 'zod'
import { endOneGrant } from '#src/apps/end-grant.ts'
import { asUser, byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Admission, admit } from '#src/forward-auth/admit.ts'
import { askedSite } from '#src/forward-auth/asked-site.ts'
import { judgeTicket } from '#src/forward-auth/judge-ticket.ts'
import type { HostedSite } from '#src/forward-auth/known-sites.ts'
import { type Question, questionIn } from '#src/forward-auth/question.ts'
import { redeemSiteCode } from '#src/forward-auth/redeem-site-code.ts'
import { renewTicket, replaceTicket } from '#src/forward-auth/renew-ticket.ts'
import { signInAtHostPath, visitUrl } from '#src/forward-auth/visit.ts'
import { type Answer, empty, seeOther, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie, cookieName, setCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { safeNext } from '#src/pages/next.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { clientOf } from '#src/sessions/session.ts'
import { identityHeaders, identityOf } from '#src/tokens/forward-auth.ts'
import type { World } from '#src/world/world.ts'

/** Strict: a misspelt parameter must not be ignored. */
const VerifyQuery = z.strictObject({
  redirect: z
    .literal('401')
    .optional()
    .describe('For nginx: 401 with `Location` instead of a redirect, which `auth_request` does not pass on'),
})

const forProxies = {
  headers: identityHeaders,
  errors: ['not_signed_in', 'step_up_required', 'forbidden', 'unknown_app_host', 'unavailable'],
  leadsToSignIn: true,
  setsCookies: ['ticket'],
} as const

export const verifyTicket = endpoint({
  summary:
    'Forward-auth for an app on its own host: decides whether a request may reach it. ' +
    'For nginx, Traefik and Caddy.',
  query: VerifyQuery,
  responses: { 204: null, 302: null },
  ...forProxies,
  handle: (world: World, call) =>
    answerProxy(world, call, {
      status: 204,
      redirects: call.query.redirect === undefined,
      renew: call.method === 'HEAD' ? replaceTicket : renewTicket,
    }),
})

/** Envoy appends the path of the page, and does not accept any other 2xx. */
export const verifyTicketForEnvoy = endpoint({
  summary:
    'The same for Envoy, which keeps method and path of the request and needs a 200 to let it through.',
  responses: { 200: null, 302: null },
  ...forProxies,
  // A path with `..` is not found, because it could resolve to another page.
  errors: [...forProxies.errors, 'not_found'],
  handle: (world: World, call) =>
    answerProxy(world, call, { status: 200, redirects: true, renew: renewTicket }),
})

type Style = {
  readonly status: 200 | 204
  readonly redirects: boolean
  readonly renew: typeof renewTicket
}

async function answerProxy(world: World, call: Call, { status, redirects, renew }: Style): Promise<Answer> {
  const site = await askedSite(world, call)
  const question = questionIn(call.header)
  // Without the path, no rule can be applied.
  if (!question) throw new AppError('unknown_app_host')
  const admission = await admit(world, site, { question, presented: ticketIn(call, site), renew })
  if (admission.kind === 'admitted') return admitted(admission, status)
  const location = placeToGo(admission.error, question, site)
  if (location === undefined) throw admission.error
  const { code, details } = admission.error
  if (redirects) return withCookies(empty(302, { location }), details.cookies ?? [])
  throw new AppError(code, { ...details, location })
}

function admitted({ ticket, cookie }: Extract<Admission, { kind: 'admitted' }>, status: 200 | 204): Answer {
  const answer = empty(status, ticket && identityOf(ticket))
  return cookie === undefined ? answer : withCookies(answer, [cookie])
}

/**
 * Redirects to the sign-in only from a page that a person opens, and only if signing in would help. With the
 * origin, because Traefik resolves a bare path against the auth server.
 */
function placeToGo(error: AppError, question: Question, site: HostedSite): string | undefined {
  const helps = error.code === 'not_signed_in' || error.code === 'step_up_required'
  if (!question.isNavigation || !helps) return undefined
  const next = safeNext(site.origin, question.target) ?? '/'
  const level = error.code === 'step_up_required' ? { level: 'aal2' } : {}
  return `${site.origin}${signInAtHostPath}?${new URLSearchParams({ next, ...level })}`
}

function ticketIn({ cookies }: Call, { isSecure }: HostedSite): string | undefined {
  return cookies.get(cookieName('ticket', isSecure))
}

const Visit = z.object({ next: z.unknown().optional(), level: z.unknown().optional() })

/** The time limit of a sign-in. */
const browserCookieSeconds = 60 * 60

export const beginAtHost = endpoint({
  summary: 'On the host of an app: redirects to the sign-in at Sigil, and back to `next`.',
  query: Visit,
  responses: { 303: null },
  errors: ['unknown_app_host', 'too_many_requests'],
  setsCookies: ['appBrowser'],
  limit: byAddress('authorize'),
  handle: async (world: World, call) => {
    const site = await askedSite(world, call)
    const next = safeNext(site.origin, call.query.next) ?? '/'
    const isStepUp = call.query.level === 'aal2'
    const known = browserIn(call, site)
    const browser = known?.secret ?? randomId(world.random)
    if (!isStepUp && (await hasNewTicket(world, call, site))) {
      if (known?.isSentBack) return seeOther(visitUrl(world, 'failed', { host: site.host, next }))
      return withCookies(seeOther(next), [browserCookie(`${browser}${sentBack}`, site)])
    }
    const visit = { host: site.host, next, state: hashOf(browser), ...(isStepUp ? { level: 'aal2' } : {}) }
    return withCookies(seeOther(visitUrl(world, 'sign-in', visit)), [browserCookie(browser, site)])
  },
})

const justNowMs = 10_000

/**
 * The proxy redirects to the sign-in although the browser has just come from there. If another tab has just
 * signed in, the page opens now. Otherwise the proxy drops the cookie, and would redirect forever.
 */
async function hasNewTicket(world: World, call: Call, site: HostedSite): Promise<boolean> {
  const presented = ticketIn(call, site)
  const verdict = presented === undefined ? undefined : await judgeTicket(world, presented, site.clientId)
  if (verdict?.kind !== 'accepted') return false
  return world.clock.now() - verdict.ticket.claims.iat * 1000 < justNowMs
}

/** Marks a browser that was sent back to its page instead of to the sign-in. */
const sentBack = '.back'

/** Kept from one sign-in to the next, so that several tabs can sign in at the same time. */
function browserIn(
  { cookies }: Call,
  { isSecure }: HostedSite,
): { secret: string; isSentBack: boolean } | undefined {
  const found = cookies.get(cookieName('appBrowser', isSecure)) ?? ''
  const [, secret, mark] = /^([\w-]{22})(\.back)?$/.exec(found) ?? []
  return secret === undefined ? undefined : { secret, isSentBack: mark !== undefined }
}

function browserCookie(value: string, { isSecure }: HostedSite): string {
  return setCookie('appBrowser', value, browserCookieSeconds, isSecure)
}

export const returnToHost = endpoint({
  summary: 'On the host of an app: exchanges the one-time code of a sign-in for a ticket.',
  query: z.object({ code: z.unknown().optional(), next: z.unknown().optional() }),
  responses: { 303: null },
  errors: ['unknown_app_host', 'unavailable', 'too_many_requests'],
  setsCookies: ['ticket'],
  changesOnGet: true,
  limit: byAddress('authorize'),
  handle: async (world: World, call) => {
    const site = await askedSite(world, call)
    const next = safeNext(site.origin, call.query.next) ?? '/'
    const { code } = call.query
    const browser = browserIn(call, site)?.secret
    const redeeming = { site, client: clientOf(call), by: byCallerOf(call) }
    const cookie =
      typeof code === 'string' && browser !== undefined
        ? await redeemSiteCode(world, { ...redeeming, code, browser })
        : undefined
    if (cookie !== undefined) return withCookies(seeOther(next), [cookie])
    // The page may have been reloaded after the first time succeeded.
    const presented = ticketIn(call, site)
    const verdict = presented === undefined ? undefined : await judgeTicket(world, presented, site.clientId)
    if (verdict?.kind === 'accepted') return seeOther(next)
    return seeOther(visitUrl(world, 'failed', { host: site.host, next }))
  },
})

const leaving = { responses: { 303: null }, errors: ['unknown_app_host', 'unavailable'] } as const

export const leaveHost = endpoint({
  summary: 'On the host of an app: redirects to the page that signs out of Sigil and of every app.',
  ...leaving,
  handle: async (world: World, call) => {
    await askedSite(world, call)
    return seeOther(`${world.settings.publicUrl}/oauth/logout`)
  },
})

export const signOutAtHost = endpoint({
  summary: 'On the host of an app: signs out of this app at once, and redirects to the sign-out of Sigil.',
  body: z.object({}),
  clearsCookies: ['ticket'],
  ...leaving,
  handle: async (world: World, call) => {
    const site = await askedSite(world, call)
    const presented = ticketIn(call, site)
    const verdict = presented === undefined ? undefined : await judgeTicket(world, presented, site.clientId)
    if (verdict?.kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
    if (verdict && 'ticket' in verdict) {
      const { sid: id, sub } = verdict.ticket.claims
      const by = asUser(byCallerOf(call), sub)
      await (await endOneGrant(world, { id, reason: 'revoked', by })).propagated
    }
    const answer = seeOther(`${world.settings.publicUrl}/oauth/logout`)
    return withCookies(answer, [clearCookie('ticket', site.isSecure)])
  },
})
