import { VerifyError } from './error.ts'
import type { RequestLike } from './presented.ts'
import type { VerifiedToken } from './token.ts'
import type { Verifier } from './verifier.ts'

/** What an adapter asks beyond a good token. */
export type Wish = {
  /** A role that the user must have; of several, any one. */
  readonly role?: string | readonly string[]
}

/**
 * The verified token of a request that came through `signedIn`. Throws where it did not: a route that was
 * left without it must not go on.
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

/** A no, ready to be sent. */
export type Refused = {
  readonly status: 401 | 403 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * The roles of which a user must have one, or undefined where none is asked for. A wish that is not
 * understood would let in whoever is signed in, so it throws a `TypeError` where it is made: a `role` that
 * came out as undefined, a name that is nobody's.
 */
export function rolesWanted(wish: Wish, others: readonly string[] = []): readonly string[] | undefined {
  if (typeof wish !== 'object' || wish === null) throw new TypeError('signedIn: give { role }, or nothing.')
  const strange = Object.keys(wish).find((name) => name !== 'role' && !others.includes(name))
  if (strange !== undefined) throw new TypeError(`signedIn: ${strange} is no option.`)
  if (!('role' in wish)) return undefined
  const roles = [wish.role].flat()
  const isGood = roles.length > 0 && roles.every((one) => typeof one === 'string' && one !== '')
  if (!isGood) throw new TypeError('signedIn: role must be the name of a role, or several.')
  return roles as readonly string[]
}

/** The token of a request that may pass. Throws a `VerifyError` for one that may not. */
export async function admit(
  verifier: Pick<Verifier, 'verify'>,
  request: RequestLike,
  roles: readonly string[] | undefined,
): Promise<VerifiedToken> {
  const token = await verifier.verify(request)
  const isAllowed = roles === undefined || roles.some((one) => token.roles.includes(one))
  if (!isAllowed) throw new VerifyError('forbidden')
  return token
}

/** RFC 9457 in the shape of the server's own errors; RFC 6750 section 3 for the challenge. Faults go on. */
export function refusedOf(error: unknown): Refused {
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
  // A request without any token is told the scheme, and no error.
  if (code === 'missing') return 'Bearer'
  return `Bearer error="${status === 403 ? 'insufficient_scope' : 'invalid_token'}"`
}

/** As much of a response in Node as is used. */
export type NodeResponse = {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/** Sends a no in Node, where the error is one; a fault goes on. */
export function refuseInNode(response: NodeResponse, error: unknown): void {
  const { status, headers, body } = refusedOf(error)
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.end(body)
}

/** The same where the Fetch standard is spoken. */
export function refusedResponse(error: unknown): Response {
  const { status, headers, body } = refusedOf(error)
  return new Response(body, { status, headers })
}
