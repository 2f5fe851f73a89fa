import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { offerLink } from '#src/credentials/upstream/connect.ts'
import { type Arrival, visitLifetimeMs } from '#src/credentials/upstream/identity.ts'
import { proveArrival, type Returned } from '#src/credentials/upstream/prove.ts'
import { findIdentity } from '#src/credentials/upstream/upstream.sql.ts'
import { beginVisit, findProvider } from '#src/credentials/upstream/visit.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { clearCookie, cookieName, setCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { Query } from '#src/http/query.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { myself } from '#src/me/myself.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { safeNext, withNext } from '#src/pages/next.ts'
import { proceedOnPage } from '#src/pages/sign-in/enter.ts'
import { leadToRestore } from '#src/pages/sign-in/restore-http.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import { clientOf } from '#src/sessions/session.ts'
import { presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import { presentedTrustedDevice } from '#src/sign-in/trusted-device.ts'
import { signInUpstream } from '#src/sign-in/upstream.ts'
import type { LabelsOf } from '#src/telemetry/metrics.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

const confirmPath = '/account/connections/confirm'

export const startAtProvider = endpoint({
  summary: 'Redirects the browser to an identity provider, to sign in.',
  query: z.looseObject({ next: z.unknown().optional() }),
  responses: { 303: null },
  errors: ['not_found', 'provider_failed', 'too_many_requests'],
  changesOnGet: true,
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const destination = safeNext(world.settings.publicUrl, call.query.next)
    return leadToProvider(world, call, { userId: undefined, destination })
  },
})

export const startConnecting = endpoint({
  summary: 'Redirects the browser to an identity provider, to connect an identity to the account.',
  responses: { 303: null },
  errors: ['not_signed_in', 'step_up_required', 'not_found', 'provider_failed', 'too_many_requests'],
  changesOnGet: true,
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    await requireRecentProof(world, { user: await myself(world, call), sessionId })
    return leadToProvider(world, call, { userId, destination: undefined })
  },
})

async function leadToProvider(
  world: World,
  call: Call,
  visit: { userId: string | undefined; destination: string | undefined },
): Promise<Answer> {
  const provider = findProvider(world, call.params.name ?? '')
  const { url, browserSecret } = await beginVisit(world, { provider, ...visit })
  const cookie = setCookie('upstream', browserSecret, visitLifetimeMs / 1000, isSecure(world))
  return withCookies(seeOther(url), [cookie])
}

/** The parameters of the callback. Some providers add their own, which are ignored. */
const ProviderAnswer = z.looseObject({
  code: z.string().max(4000).optional(),
  state: z.string().max(200).optional(),
  iss: z.string().max(500).optional(),
  error: z.string().max(200).optional(),
})

export const returnFromProvider = endpoint({
  summary: 'Handles the return from an identity provider: signs in, or offers to connect the identity.',
  query: z.unknown(),
  responses: { 303: null },
  errors: [
    'not_found',
    'sign_up_closed',
    'provider_failed',
    'provider_denied',
    'provider_expired',
    'provider_refused',
    'provider_email_unverified',
    'connected_elsewhere',
    'too_many_requests',
  ],
  changesOnGet: true,
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const provider = findProvider(world, call.params.name ?? '')
    try {
      const browserSecret = call.cookies.get(cookieName('upstream', isSecure(world)))
      const parameters = parametersIn(call.query as Query)
      const returned = await proveArrival(world, { provider, parameters, browserSecret })
      const answer = await admitted(world, call, returned)
      return withCookies(answer, [clearCookie('upstream', isSecure(world))])
    } catch (error) {
      if (error instanceof AppError) countVisit(world, outcomeOf(error))
      if (error instanceof AppError && error.code === 'account_being_deleted')
        return leadToRestore(world, error)
      throw error
    }
  },
})

/**
 * Apple responds with a form that its page submits, and browsers send it without our cookies. A redirect to a
 * URL with the same parameters brings them back.
 */
export const returnByForm = endpoint({
  summary: 'Handles the return from a provider that responds with a form: redirects to the same URL.',
  body: ProviderAnswer,
  responses: { 303: null },
  errors: ['not_found', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { name } = findProvider(world, call.params.name ?? '')
    const { code, state, iss, error } = call.body
    const sent = Object.entries({ code, state, iss, error }).filter(([, value]) => value !== undefined)
    const parameters = new URLSearchParams(sent as [string, string][])
    return seeOther(`/api/v1/auth/providers/${name}/callback?${parameters}`)
  },
})

/** A parameter that was sent twice is ambiguous. */
function parametersIn(query: Query): URLSearchParams {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'string') throw new AppError('provider_failed')
    parameters.set(name, value)
  }
  return parameters
}

async function admitted(world: World, call: Call, returned: Returned): Promise<Answer> {
  const { arrival, userId, destination } = returned
  if (userId !== undefined) return connecting(world, call, { arrival, userId })
  const trustedDevice = presentedTrustedDevice(world, call)
  const knownBrowser = presentedKnownBrowser(world, call)
  const signingIn = { arrival, client: clientOf(call), trustedDevice, knownBrowser, by: byCallerOf(call) }
  const result = await signInUpstream(world, signingIn)
  if (result.kind === 'link_needed') {
    return offering(world, call, { arrival, userId: result.userId, destination })
  }
  countVisit(world, result.kind === 'signed_in' ? 'signed_in' : 'second_factor_due')
  return proceedOnPage(world, call, { result, next: destination, method: `provider:${arrival.provider}` })
}

/** The visit began on the account page, so the same user must still be signed in. */
async function connecting(
  world: World,
  call: Call,
  { arrival, userId }: { arrival: Arrival; userId: string },
): Promise<Answer> {
  if (call.caller?.userId !== userId) throw new AppError('provider_expired')
  const known = await findIdentity(world.db.query, arrival)
  if (known && known.userId !== userId) throw new AppError('connected_elsewhere')
  if (known) return seeOtherWithFlash(world, '/account/connections', 'already_connected')
  return offering(world, call, { arrival, userId, destination: undefined })
}

/** An identity is connected only after the signed-in owner of the account confirms it. */
async function offering(
  world: World,
  call: Call,
  { arrival, userId, destination }: { arrival: Arrival; userId: string; destination: string | undefined },
): Promise<Answer> {
  const token = await offerLink(world, { identity: arrival, userId, destination })
  countVisit(world, 'link_offered')
  const answer = call.caller
    ? seeOther(confirmPath)
    : seeOtherWithFlash(world, withNext('/sign-in', confirmPath), 'link_needed')
  return withCookies(answer, [setCookie('link', token, visitLifetimeMs / 1000, isSecure(world))])
}

type Outcome = LabelsOf<'sigil_provider_visits_total'>['outcome']

function countVisit({ metrics }: World, outcome: Outcome): void {
  metrics.count('sigil_provider_visits_total', { outcome })
}

function outcomeOf({ code }: AppError): Outcome {
  if (code === 'provider_failed') return 'failed'
  if (code === 'provider_denied') return 'denied'
  return code === 'provider_expired' ? 'expired' : 'refused'
}
