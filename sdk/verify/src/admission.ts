import { VerifyError } from './error.ts'
import type { RequestLike } from './presented.ts'
import type { VerifiedToken } from './token.ts'
import type { Verifier } from './verifier.ts'

/** What an adapter requires in addition to a valid token. */
export type SignedInOptions = {
  /** A role that the user must have; of several, any one. */
  readonly role?: string | readonly string[]
}

/**
 * The verified token of a request that came through `signedIn`. Throws if it did not, so that a route without
 * the middleware fails instead of going on.
 *
 * @example
 * app.get('/me', signedIn(verifier), (request, response) => response.json(tokenOf(request).roles))
 */
export function tokenOf(request: object): VerifiedToken {
  if (!('auth' in request) || typeof request.auth !== 'object' || request.auth === null) {
    throw new Error('This request did not come through signedIn: put it before the handler.')
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
 * The roles of which a user must have one, or undefined if none is required. Invalid options, such as a
 * `role` that came out as undefined, would let every signed-in user pass, so they throw a `TypeError` when
 * the middleware is made.
 */
export function requiredRoles(
  options: SignedInOptions,
  otherOptions: readonly string[] = [],
): readonly string[] | undefined {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('signedIn: pass { role }, or nothing.')
  const unknown = Object.keys(options).find((name) => name !== 'role' && !otherOptions.includes(name))
  if (unknown !== undefined) throw new TypeError(`signedIn: unknown option ${unknown}.`)
  if (!('role' in options)) return undefined
  const roles = [options.role].flat()
  const isValid = roles.length > 0 && roles.every((role) => typeof role === 'string' && role !== '')
  if (!isValid) throw new TypeError('signedIn: role must be the name of a role, or several.')
  return roles as readonly string[]
}

/** The token of a request that may pass. Throws a `VerifyError` for one that may not. */
export async function admit(
  verifier: Pick<Verifier, 'verify'>,
  request: RequestLike,
  roles: readonly string[] | undefined,
): Promise<VerifiedToken> {
  const token = await verifier.verify(request)
  const isAllowed = roles === undefined || roles.some((role) => token.roles.includes(role))
  if (!isAllowed) throw new VerifyError('forbidden')
  return token
}

/**
 * RFC 9457 in the shape of the server's own errors; RFC 6750 section 3 for the challenge. An error that is
 * not a `VerifyError` is thrown again.
 */
export function errorResponseOf(error: unknown): ErrorResponse {
  if (!(error instanceof VerifyError)) throw error
  const { code, status, message } = error
  const [title = message] = message.split(/(?<=\.) /)
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 503 ? { 'retry-after': '1' } : { 'www-authenticate': challengeOf(error) }),
    },
    body: JSON.stringify({ type: 'about:blank', title, status, detail: message, code }),
  }
}

function challengeOf({ code, status }: VerifyError): string {
  // RFC 6750 section 3.1: a request without a token gets the scheme, and no error.
  if (code === 'missing') return 'Bearer'
  return `Bearer error="${status === 403 ? 'insufficient_scope' : 'invalid_token'}"`
}

/** What is used of a response in Node. */
export type NodeResponse = {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/** Sends the error response in Node; an unexpected error is thrown again. */
export function sendError(response: NodeResponse, error: unknown): void {
  const { status, headers, body } = errorResponseOf(error)
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.end(body)
}

/** The same as a `Response` of the Fetch standard. */
export function errorResponse(error: unknown): Response {
  const { status, headers, body } = errorResponseOf(error)
  return new Response(body, { status, headers })
}
