import { proofAlgorithms } from './dpop.ts'
import { VerifyError } from './error.ts'
import type { RequestLike } from './presented.ts'
import type { ProtectedResource } from './resource.ts'
import type { VerifiedToken } from './token.ts'
import type { Verifier } from './verifier.ts'

/** What an adapter requires in addition to a valid token. */
export type SignedInOptions = {
  /** A role that the user must have; if there are several, any one of them. */
  readonly role?: string | readonly string[]
  /** A scope that the client must have been granted; if there are several, all of them. */
  readonly scope?: string | readonly string[]
  /** Error responses then point clients to the metadata of this API (RFC 9728), as MCP requires. */
  readonly resource?: ProtectedResource
}

/** The checked options of an adapter. */
export type Requirements = {
  readonly roles: readonly string[] | undefined
  readonly scopes: readonly string[]
  readonly resource: ProtectedResource | undefined
}

/**
 * The verified token of a request that came through `signedIn`. Throws if it did not, so that a route without
 * the middleware fails.
 *
 * @example
 * app.get('/me', signedIn(verifier), (request, response) => response.json(tokenOf(request).roles))
 */
export function tokenOf(request: object): VerifiedToken {
  if (!('auth' in request) || typeof request.auth !== 'object' || request.auth === null) {
    throw new Error('This request did not pass through signedIn: add it before the handler.')
  }
  return request.auth as VerifiedToken
}

/** The response to a request that is rejected. */
export type ErrorResponse = {
  readonly status: 401 | 403 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * The requirements of a request. Invalid options, such as a `role` that is undefined by mistake, would let
 * every signed-in user pass, so they throw a `TypeError` when the middleware is created.
 */
export function requirementsOf(options: SignedInOptions, otherOptions: readonly string[] = []): Requirements {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('signedIn: pass { role }, { scope } or { resource }, or nothing.')
  const known = ['role', 'scope', 'resource', ...otherOptions]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new TypeError(`signedIn: unknown option ${unknown}.`)
  const { resource } = options
  const isResource = !('resource' in options) || typeof resource?.metadataUrl === 'string'
  if (!isResource) throw new TypeError('signedIn: resource must be the result of protectedResource.')
  return { roles: namesIn(options, 'role'), scopes: namesIn(options, 'scope') ?? [], resource }
}

function namesIn(options: SignedInOptions, option: 'role' | 'scope'): readonly string[] | undefined {
  if (!(option in options)) return undefined
  const names = [options[option]].flat()
  const isValid = names.length > 0 && names.every((name) => typeof name === 'string' && name !== '')
  if (!isValid) throw new TypeError(`signedIn: ${option} must be the name of a ${option}, or several.`)
  return names as readonly string[]
}

/** The method and path of a request; Express changes `url` where a router is mounted. */
type Target = {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly originalUrl?: string
}

/** The request as the client sent it: behind a proxy, only the URL of the API has the right origin. */
function provenRequest(
  { method = '', url = '', originalUrl = url }: Target,
  { metadata }: ProtectedResource,
) {
  const { pathname } = new URL(originalUrl, metadata.resource)
  return { method, url: new URL(metadata.resource).origin + pathname }
}

/** The token of an accepted request. Throws a `VerifyError` for a rejected one. */
export async function admit(
  verifier: Pick<Verifier, 'verify'>,
  request: RequestLike & Target,
  { roles, scopes, resource }: Requirements,
): Promise<VerifiedToken> {
  const token = await verifier.verify(request, resource && provenRequest(request, resource))
  const isAllowed = roles === undefined || roles.some((role) => token.roles.includes(role))
  if (!isAllowed) throw new VerifyError('forbidden')
  if (!scopes.every((scope) => token.scopes.includes(scope))) throw new VerifyError('missing_scope')
  return token
}

/**
 * RFC 9457 in the shape of the server's own errors; RFC 6750 section 3 for the challenge. An error that is
 * not a `VerifyError` is thrown again.
 */
export function errorResponseOf(error: unknown, requirements: Requirements): ErrorResponse {
  if (!(error instanceof VerifyError)) throw error
  const { code, status, message } = error
  const [title = message] = message.split(/(?<=\.) /)
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 503 ? { 'retry-after': '1' } : { 'www-authenticate': challengeOf(error, requirements) }),
    },
    body: JSON.stringify({ type: 'about:blank', title, status, detail: message, code }),
  }
}

function challengeOf({ code, status }: VerifyError, { scopes, resource }: Requirements): string {
  // RFC 9449 section 7.1.
  if (code === 'invalid_proof') return `DPoP error="invalid_dpop_proof", algs="${proofAlgorithms}"`
  const parameters = [
    // RFC 6750 section 3.1: a request without a token gets the scheme, and no error.
    ...(code === 'missing' ? [] : [['error', status === 403 ? 'insufficient_scope' : 'invalid_token']]),
    ...(scopes.length > 0 && code !== 'forbidden' ? [['scope', scopes.join(' ')]] : []),
    ...(resource ? [['resource_metadata', resource.metadataUrl]] : []),
  ]
  return ['Bearer', parameters.map(([name, value]) => `${name}="${value}"`).join(', ')].join(' ').trim()
}

/** The used parts of a response in Node. */
export type NodeResponse = {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/** Sends the error response in Node; an unexpected error is thrown again. */
export function sendError(response: NodeResponse, error: unknown, requirements: Requirements): void {
  const { status, headers, body } = errorResponseOf(error, requirements)
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.end(body)
}

/** The same as a `Response` of the Fetch standard. */
export function errorResponse(error: unknown, requirements: Requirements): Response {
  const { status, headers, body } = errorResponseOf(error, requirements)
  return new Response(body, { status, headers })
}
