import { z } from 'zod'
import { appById } from '#src/apps/apps.sql.ts'
import { consentOf, putConsent } from '#src/apps/consents.sql.ts'
import { AppError } from '#src/errors/errors.ts'
import { type HostedSite, knownSites } from '#src/forward-auth/known-sites.ts'
import { failedPage, needsFactorPage } from '#src/forward-auth/pages.ts'
import { issueSiteCode, siteScopes } from '#src/forward-auth/redeem-site-code.ts'
import { type Visit, visitPath } from '#src/forward-auth/visit.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { consentPage, continuePage } from '#src/pages/consent/consent-page.ts'
import { Typed } from '#src/pages/form.ts'
import { safeNext, withNext } from '#src/pages/next.ts'
import { BrokenReference } from '#src/store/db.ts'
import { findTokenSubject, type TokenSubject } from '#src/tokens/token-subject.sql.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

const Asked = z.object({
  host: z.string().regex(/^[a-z0-9.:[\]-]{1,260}$/),
  next: z.unknown().optional(),
  state: z.string().optional(),
  level: z.unknown().optional(),
})

type AskingCall = Call<unknown, z.output<typeof Asked>>

type Visited = { readonly site: HostedSite; readonly visit: Visit }

/** The query of every page here. Anyone can construct one, so nothing in it is trusted. */
async function visited(world: World, asked: z.output<typeof Asked>): Promise<Visited> {
  const site = await knownSites(world).find(asked.host)
  if (!site) throw new AppError('invalid_app_request')
  const next = safeNext(site.origin, asked.next) ?? '/'
  const level = asked.level === 'aal2' ? { level: 'aal2' } : {}
  const visit = { host: site.host, next, ...level, ...stateIn(asked) }
  const isShort = visitPath('continue', visit).length <= maxPathLength
  return { site, visit: isShort ? visit : { ...visit, next: '/' } }
}

/** The maximum path that a sign-in redirects to. */
const maxPathLength = 2000

function stateIn({ state }: z.output<typeof Asked>): { state?: string } {
  return state !== undefined && /^[\w-]{43}$/.test(state) ? { state } : {}
}

/** The next step: a page of Sigil that asks for the missing proof, or the host of the app. */
type Step =
  | { readonly kind: 'page'; readonly path: string }
  | { readonly kind: 'needs_factor' }
  | { readonly kind: 'app'; readonly url: string }

async function nextStep(world: World, { caller }: Call, { site, visit }: Visited): Promise<Step> {
  const onward = visitPath('continue', visit)
  const now = world.clock.now()
  const subject = caller && (await findTokenSubject(world.db.query, { sessionId: caller.sessionId, now }))
  if (!subject) return { kind: 'page', path: withNext('/sign-in', onward) }
  if (visit.level === 'aal2' && subject.level !== 'aal2') return stepUpFor(world, subject, onward)
  if (!(await hasConsent(world, site, subject.user.id)))
    return { kind: 'page', path: visitPath('consent', visit) }
  if (visit.state === undefined) throw new AppError('invalid_app_request')
  const code = await issueSiteCode(world, { site, subject, browserHash: visit.state })
  if (code === undefined) throw new AppError('invalid_app_request')
  const query = new URLSearchParams({ code, next: visit.next })
  return { kind: 'app', url: `${site.origin}/.sigil/callback?${query}` }
}

/** Proving a password again does not raise the level: a user without a second factor needs one first. */
async function stepUpFor(world: World, { user }: TokenSubject, onward: string): Promise<Step> {
  const found = await findUser(world.db.query, user.id)
  if (!found || (found.secondFactors.length === 0 && !found.hasPasskey)) return { kind: 'needs_factor' }
  const method = found.secondFactors.length === 0 ? { method: 'passkey' } : {}
  return { kind: 'page', path: `/account/confirm?${new URLSearchParams({ next: onward, ...method })}` }
}

async function hasConsent(world: World, { clientId }: HostedSite, userId: string): Promise<boolean> {
  const app = await appById(world.db.query, clientId)
  if (!app) throw new AppError('invalid_app_request')
  if (app.isFirstParty) return true
  const { '': agreed = [] } = await consentOf(world.db.query, { userId, clientId })
  return siteScopes.every((scope) => agreed.includes(scope))
}

const common = {
  query: Asked,
  errors: ['invalid_app_request', 'too_many_requests'],
  limit: byAddress('authorize'),
} as const

export const signInToHost = endpoint({
  summary: 'Redirects a signed-in user back to the host of an app; asks everyone else to sign in.',
  responses: { 200: null, 303: null },
  changesOnGet: true,
  ...common,
  handle: (world: World, call) => continuation(world, call, seeOther),
})

/**
 * The same after a form. The policy of its page allows redirects to our own pages only, so another page
 * redirects the browser to the app.
 */
export const continueToHost = endpoint({
  summary: 'Continues to the host of an app, after the user has signed in or consented.',
  responses: { 200: null, 303: null },
  changesOnGet: true,
  ...common,
  handle: (world: World, call) => continuation(world, call, (url) => continuePage(call, url)),
})

/** The answer for the next step; `toApp` answers with the URL at the host of the app. */
async function continuation(world: World, call: AskingCall, toApp: (url: string) => Answer): Promise<Answer> {
  const asked = await visited(world, call.query)
  const step = await nextStep(world, call, asked)
  if (step.kind === 'needs_factor') return needsFactorPage(call, asked.site.host)
  return step.kind === 'app' ? toApp(step.url) : seeOther(step.path)
}

export const showSiteConsent = endpoint({
  summary: 'Asks for consent to the app at a host.',
  responses: { 200: null },
  ...common,
  errors: ['not_signed_in', ...common.errors],
  handle: async (world: World, call) => {
    const { site, visit } = await visited(world, call.query)
    const user = await findUser(world.db.query, callerOf(call).userId)
    const app = await appById(world.db.query, site.clientId)
    if (!user) throw new AppError('not_signed_in')
    if (!app) throw new AppError('invalid_app_request')
    const pending = { app, redirectUri: site.origin, userScopes: siteScopes, apis: [] }
    return consentPage(call, { action: visitPath('consent', visit), email: user.email, pending })
  },
})

export const sendSiteConsent = endpoint({
  summary: 'Records whether the user consents, and continues.',
  body: z.object({ decision: Typed }),
  responses: { 303: null },
  ...common,
  errors: ['not_signed_in', ...common.errors],
  handle: async (world: World, call): Promise<Answer> => {
    const { site, visit } = await visited(world, call.query)
    if (call.body.decision !== 'allow') return seeOther('/account/apps')
    const { userId } = callerOf(call)
    const consent = { userId, clientId: site.clientId, scopes: { '': siteScopes }, now: world.clock.now() }
    await putConsent(world.db.query, consent).catch((error: unknown) => {
      throw error instanceof BrokenReference ? new AppError('invalid_app_request') : error
    })
    return seeOther(visitPath('continue', visit))
  },
})

export const showFailedVisit = endpoint({
  summary: 'Reports that a sign-in to the host of an app failed.',
  query: Asked,
  responses: { 200: null },
  errors: ['invalid_app_request'],
  handle: async (world: World, call) => {
    const { site, visit } = await visited(world, call.query)
    return failedPage(call, { host: site.host, origin: site.origin, next: visit.next })
  },
})
