import { z } from 'zod'
import { findApp } from '#src/apps/find-app.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, json, withHeaders } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { throughNode } from '#src/http/through-node.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { recordIdOf } from '#src/oidc/adapter.ts'
import { claimedClient } from '#src/oidc/client-assertion.ts'
import { settleSignIn } from '#src/oidc/interaction.ts'
import { oidcProvider } from '#src/oidc/provider.ts'
import { recordById } from '#src/oidc/records.sql.ts'
import { attachVisit, type Visit } from '#src/oidc/visit.ts'
import { jsonIn } from '#src/platform/json.ts'
import { clientIn } from '#src/tokens/presented.ts'
import { findTokenSubject } from '#src/tokens/token-subject.sql.ts'
import type { World } from '#src/world/world.ts'

type Passing = {
  readonly target: string
  readonly form?: Readonly<Record<string, string>>
  readonly visit: Visit
}

async function pass(world: World, call: Call, { target, form, visit }: Passing): Promise<Answer> {
  const { handle } = await oidcProvider(world)()
  const answer = await throughNode(handle, call, {
    method: call.method === 'HEAD' ? 'GET' : call.method,
    target,
    origin: world.settings.publicUrl,
    form,
    headers: ['authorization', 'cookie', 'origin', 'accept', 'dpop'],
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

/** An answer for a browser: a redirect, or a form that the browser posts to the app. */
async function passPage(world: World, call: Call, target: string): Promise<Answer> {
  const visit = await visitFor(world, call)
  const answer = await pass(world, call, { target, visit })
  if (visit.rejected === undefined) return withHeaders(answer, { 'cache-control': 'no-store' })
  world.log.info(
    { request_id: call.requestId, reason: visit.rejected },
    'An authorization request was rejected',
  )
  throw new AppError('invalid_app_request')
}

const Parameters = z.record(z.string(), z.union([z.string(), z.array(z.string())]))

export const authorize = endpoint({
  summary: 'Begins the sign-in to an app: the authorization endpoint (RFC 6749, OpenID Connect Core).',
  query: Parameters,
  responses: { 303: null },
  errors: ['invalid_app_request', 'too_many_requests'],
  limit: byAddress('authorize'),
  handle: async (world: World, call) => {
    // Before the library is loaded: a server without apps never needs it.
    const { client_id: clientId } = call.query
    const app = typeof clientId === 'string' ? await findApp(world, clientId) : undefined
    if (!app) throw new AppError('invalid_app_request')
    return passPage(world, call, `/oauth/authorize?${searchOf(call.query)}`)
  },
})

/** Goes on with a request for which the user has signed in or agreed. */
export async function resumeRequest(world: World, call: Call): Promise<Answer> {
  const uid = call.params.uid ?? ''
  const { db, clock } = world
  const record = await recordById(db.query, recordIdOf('Interaction', uid), clock.now())
  if (!record) throw new AppError('invalid_app_request')
  const { subject } = await visitFor(world, call)
  await settleSignIn(world, { uid, subject })
  return passPage(world, call, `/oauth/authorize/${encodeURIComponent(uid)}`)
}

function searchOf(query: z.output<typeof Parameters>): URLSearchParams {
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one]))
  return new URLSearchParams(pairs as [string, string][])
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
  ],
  limit: byAddress('token'),
  handle: (world: World, call) => passApp(world, call, '/oauth/token', call.body),
})

export const pushRequest = endpoint({
  summary: 'Takes an authorization request from an app before the browser is sent (RFC 9126).',
  body: Form,
  responses: { 201: z.object({ request_uri: z.string(), expires_in: z.int() }) },
  errors: [
    ...(['invalid_client', 'invalid_scope', 'invalid_target', 'invalid_dpop_proof'] as const),
    ...(['too_many_requests', 'unavailable'] as const),
  ],
  limit: byAddress('token'),
  handle: (world: World, call) => passApp(world, call, '/oauth/par', call.body),
})

async function passApp(
  world: World,
  call: Call,
  target: string,
  form: Readonly<Record<string, string>>,
): Promise<Answer> {
  // For the scripts of a browser app: which origins it may be called from.
  const named = clientIn(call.header('authorization') ?? '')?.name ?? form.client_id
  const clientId = named ?? claimedClient(form) ?? ''
  const app = await findApp(world, clientId)
  if (!app) throw new AppError('invalid_client')
  const visit: Visit = { call, subject: undefined, app }
  const answer = await pass(world, call, { target, form, visit })
  const body = jsonIn(String(answer.body)) as { error?: string; error_description?: string }
  const isError = body.error !== undefined
  // RFC 9110 section 15.5.2: a 401 names the accepted scheme.
  const scheme = answer.status === 401 ? { 'www-authenticate': 'Basic realm="sigil"' } : {}
  const headers = { ...scheme, ...passedHeaders(answer.headers) }
  return json(answer.status, isError ? errorOf(body) : body, headers)
}

/** The errors of RFC 6749 section 5.2 and RFC 8707; the library has more names for an invalid request. */
const oauthErrors = [
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'invalid_target',
  'unsupported_grant_type',
  'invalid_dpop_proof',
  'unauthorized_client',
]

function errorOf(sent: { error?: string; error_description?: string }) {
  const { error = '', error_description: description = error } = sent
  const name = oauthErrors.includes(error) ? error : 'invalid_request'
  // RFC 6749 section 5.2 allows neither quotes nor characters outside ASCII.
  return { error: name, error_description: description.replaceAll('"', "'").replaceAll(/[^ -~]|\\/g, '?') }
}

const passedNames = /^(?:www-authenticate|vary|access-control-.*)$/

function passedHeaders(headers: Answer['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => passedNames.test(name)))
}
