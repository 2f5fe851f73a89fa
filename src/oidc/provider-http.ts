import { z } from 'zod'
import { pollIntervalMs } from '#src/apps/device-codes.sql.ts'
import { findApp, findAppWithSecrets, findKnownApp } from '#src/apps/find-app.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, json } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { cookieName } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { throughNode } from '#src/http/through-node.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { recordIdOf } from '#src/oidc/adapter.ts'
import { corsForApp } from '#src/oidc/app-cors.ts'
import { claimedClient } from '#src/oidc/client-assertion.ts'
import { settleSignIn } from '#src/oidc/interaction.ts'
import { oidcProvider } from '#src/oidc/provider.ts'
import { recordById } from '#src/oidc/records.sql.ts'
import { attachVisit, type FormPost, type Visit } from '#src/oidc/visit.ts'
import { jsonIn } from '#src/platform/json.ts'
import { mintedUntil } from '#src/revocations/log/minted-until.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import { clientIn } from '#src/tokens/presented.ts'
import { findTokenSubject } from '#src/tokens/token-subject.sql.ts'
import { securityLog } from '#src/world/security-log.ts'
import type { World } from '#src/world/world.ts'

type Passing = {
  readonly target: string
  readonly form?: Readonly<Record<string, string>>
  readonly visit: Visit
}

async function pass(world: World, call: Call, { target, form, visit }: Passing): Promise<Answer> {
  const { handle } = await oidcProvider(world)()
  const answer = await throughNode(handle, call, {
    method: call.method,
    target,
    origin: world.settings.publicUrl,
    form,
    // The library chooses between JSON and a page: what the client would rather have makes no difference.
    accept: form ? 'application/json' : 'text/html',
    headers: ['authorization', 'cookie', 'origin', 'dpop'],
    prepare: (request) => attachVisit(request, visit),
  })
  if (visit.failure !== undefined) throw visit.failure
  return answer
}

/** The page session of the browser, if it is signed in. */
async function visitFor(world: World, call: Call): Promise<Visit> {
  const { caller } = call
  const now = world.clock.now()
  const subject = caller && (await findTokenSubject(world.db.query, { sessionId: caller.sessionId, now }))
  return { call, subject }
}

/** A response for a browser: a redirect to one of our pages or to the app, or a form that it posts there. */
export type AuthorizationAnswer =
  | { readonly kind: 'redirect'; readonly location: string; readonly cookies: readonly string[] }
  | { readonly kind: 'form_post'; readonly formPost: FormPost; readonly cookies: readonly string[] }

async function passPage(world: World, call: Call, target: string): Promise<AuthorizationAnswer> {
  const visit = await visitFor(world, call)
  const { headers, cookies } = await pass(world, call, { target, visit })
  const { location } = headers
  if (visit.rejected === undefined) {
    if (location !== undefined) return { kind: 'redirect', location, cookies }
    if (visit.formPost) return { kind: 'form_post', formPost: visit.formPost, cookies }
  }
  const about = { request_id: call.requestId, reason: visit.rejected }
  securityLog(world)('info', about, 'An authorization request was rejected')
  throw new AppError('invalid_app_request')
}

export const AuthorizationParameters = z.record(z.string(), z.union([z.string(), z.array(z.string())]))
type AuthorizationParameters = z.output<typeof AuthorizationParameters>

/** Begins the sign-in to an app. */
export async function beginRequest(
  world: World,
  call: Call,
  parameters: AuthorizationParameters,
): Promise<AuthorizationAnswer> {
  // Before the library is loaded: a server without apps never needs it.
  const { client_id: clientId } = parameters
  const app = typeof clientId === 'string' ? await findApp(world, clientId) : undefined
  if (!app) throw new AppError('invalid_app_request')
  return passPage(world, call, authorizePath(parameters))
}

/** Continues a request after the user has signed in, chosen an account or consented. */
export async function resumeRequest(world: World, call: Call): Promise<AuthorizationAnswer> {
  const uid = call.params.uid ?? ''
  // Only the browser that sent the request continues it: no sign-in in another browser is recorded for it.
  const isOfBrowser = call.cookies.get(cookieName('resume', isSecure(world))) === uid
  if (!isOfBrowser) throw new AppError('invalid_app_request')
  const { db, clock } = world
  const record = await recordById(db.query, recordIdOf('Interaction', uid), clock.now())
  if (!record) throw new AppError('invalid_app_request')
  const { subject } = await visitFor(world, call)
  await settleSignIn(world, { uid, since: record.createdAt, subject })
  return passPage(world, call, `/oauth/authorize/${encodeURIComponent(uid)}`)
}

/** The URL of a request with these parameters. */
export function authorizePath(parameters: AuthorizationParameters): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, one]),
  )
  return `/oauth/authorize?${new URLSearchParams(pairs as [string, string][])}`
}

const Form = z.record(z.string(), z.string())

const Tokens = z.object({
  access_token: z.string(),
  token_type: z.enum(['Bearer', 'DPoP']),
  expires_in: z.int(),
  scope: z.string(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  issued_token_type: z.string().optional().describe('After a token exchange (RFC 8693)'),
})

export const issueTokens = endpoint({
  summary: 'Issues tokens to apps: the token endpoint (RFC 6749 section 3.2).',
  body: Form,
  responses: { 200: Tokens },
  errors: [
    ...(['invalid_client', 'invalid_grant', 'invalid_scope', 'invalid_target'] as const),
    ...(['invalid_dpop_proof', 'unauthorized_client', 'unsupported_grant_type'] as const),
    ...(['too_many_requests', 'unavailable'] as const),
    ...(['authorization_pending', 'slow_down', 'access_denied', 'expired_token'] as const),
  ],
  limit: byAddress('token'),
  handle: async (world: World, call) => {
    // Before the app is read: an entry that revokes the tokens which name the app outlives them.
    await mintedUntil(world).prepare(world.clock.now())
    return passApp(world, call, { target: '/oauth/token', find: findKnownApp })
  },
})

export const pushRequest = endpoint({
  summary: 'Stores an authorization request of an app before the browser is redirected (RFC 9126).',
  body: Form,
  responses: { 201: z.object({ request_uri: z.string(), expires_in: z.int() }) },
  errors: [
    ...(['invalid_client', 'invalid_scope', 'invalid_target', 'invalid_dpop_proof'] as const),
    ...(['unauthorized_client', 'too_many_requests', 'unavailable'] as const),
  ],
  limit: byAddress('token'),
  handle: (world: World, call) => passApp(world, call, { target: '/oauth/par', find: findAppWithSecrets }),
})

const DeviceAuthorization = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string(),
  expires_in: z.int(),
  interval: z.int(),
})

export const authorizeDevice = endpoint({
  summary: 'Begins the sign-in of a device without a browser (RFC 8628).',
  body: Form,
  responses: { 200: DeviceAuthorization },
  errors: [
    ...(['invalid_client', 'invalid_scope', 'invalid_target', 'unauthorized_client'] as const),
    ...(['too_many_requests', 'unavailable'] as const),
  ],
  limit: byAddress('authorize'),
  handle: async (world: World, call) => {
    const target = '/oauth/device_authorization'
    const answer = await passApp(world, call, { target, find: findAppWithSecrets })
    if (answer.status !== 200) return answer
    const sent = jsonIn(String(answer.body)) as object
    return { ...answer, body: JSON.stringify({ ...sent, interval: pollIntervalMs / 1000 }) }
  },
})

type FormCall = Call & { readonly body: Readonly<Record<string, string>> }

/** `find` decides whether an app that is not known yet is looked for at its host. */
async function passApp(
  world: World,
  call: FormCall,
  { target, find }: { target: string; find: typeof findAppWithSecrets },
): Promise<Answer> {
  const { body: form } = call
  // For the scripts of a browser app: the allowed origins.
  const named = clientIn(call.header('authorization') ?? '')?.name ?? form.client_id
  const clientId = named ?? claimedClient(form) ?? ''
  const calling = await find(world, clientId)
  if (!calling) throw new AppError('invalid_client')
  const visit: Visit = { call, subject: undefined, calling }
  const answer = await pass(world, call, { target, form, visit })
  const body = jsonIn(String(answer.body)) as { error?: string; error_description?: string }
  const isError = body.error !== undefined
  // RFC 6749 section 5.2.
  const status = body.error === 'invalid_client' ? 401 : answer.status
  // RFC 9110 section 15.5.2: a 401 names the accepted scheme.
  const scheme = status === 401 ? { 'www-authenticate': 'Basic realm="sigil"' } : {}
  const headers = { ...scheme, ...passedHeaders(answer.headers), ...corsForApp(call, calling.app) }
  return json(status, isError ? errorOf(body) : body, headers)
}

/** The errors of RFC 6749, RFC 8707 and RFC 8628; the library has more codes for an invalid request. */
const oauthErrors = [
  ...['invalid_client', 'invalid_grant', 'invalid_scope', 'invalid_target', 'unsupported_grant_type'],
  ...['authorization_pending', 'slow_down', 'access_denied', 'expired_token'],
  ...['invalid_dpop_proof', 'unauthorized_client'],
]

function errorOf(sent: { error?: string; error_description?: string }) {
  const { error = '', error_description: description = error } = sent
  const known = oauthErrors.includes(error) ? error : 'invalid_request'
  // The library does not use the name that RFC 6749 section 5.2 has for a grant type that is not allowed.
  const name = / is not allowed for this client$/.test(description) ? 'unauthorized_client' : known
  // RFC 6749 section 5.2 allows neither quotes nor characters outside ASCII.
  return { error: name, error_description: description.replaceAll('"', "'").replaceAll(/[^ -~]|\\/g, '?') }
}

/** The CORS headers are ours: those of the library contain `*`. */
const passedNames = /^www-authenticate$/

function passedHeaders(headers: Answer['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => passedNames.test(name)))
}
