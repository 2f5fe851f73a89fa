import { cookieName } from '#src/http/cookies.ts'
import type { AccessToken } from '#src/tokens/access-token.ts'
import { authenticator } from '#src/tokens/authenticate.ts'
import { identityOf } from '#src/tokens/forward-auth.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import { accessTokenIn } from '#src/tokens/presented.ts'
import type { World } from '#src/world/world.ts'

type Headers = Readonly<Record<string, string>>

/** The used parts of a request and a response of `node:http`. */
type Request = {
  readonly url?: string | undefined
  readonly method?: string | undefined
  readonly headers: Readonly<Partial<Record<'authorization' | 'cookie' | 'origin', string | undefined>>>
  readonly rawHeaders: readonly string[]
}
type Response = { writeHead(status: number, headers: Headers): { end(): unknown } }

/**
 * Answers `GET /verify` without the router, because a proxy sends it with every request. The verdict is the
 * same. Handles only acceptance from memory, and returns the token; everything else goes to the router.
 * `everywhere` are the headers that every response of the server has.
 */
export function verifyLane(
  world: World,
  everywhere: Headers,
): (request: Request, response: Response) => AccessToken | undefined {
  const headersOf = headersByToken(everywhere)
  const judge = authenticator(world)
  const accessCookie = cookieName('access', isSecure(world))
  let answered = 0
  world.metrics.read('sigil_verify_from_memory_total', {}, () => answered)
  return (request, response) => {
    if (request.url !== '/api/v1/auth/verify' || request.method !== 'GET') return undefined
    const { authorization, cookie, origin } = request.headers
    // A page of another origin needs CORS headers in the response.
    if (origin !== undefined) return undefined
    if (authorization !== undefined && appearsTwice(request.rawHeaders)) return undefined
    const presented = accessTokenIn(authorization, cookie, accessCookie)
    const verdict = presented && judge(presented.token)
    if (verdict?.kind !== 'accepted') return undefined
    response.writeHead(204, headersOf(verdict.token)).end()
    answered++
    return verdict.token
  }
}

/** Computed once per token: a proxy presents the same token with every request. */
function headersByToken(everywhere: Headers): (token: AccessToken) => Headers {
  const made = new WeakMap<AccessToken, Headers>()
  return (token) => {
    const known = made.get(token)
    if (known) return known
    const headers = { ...everywhere, ...identityOf(token) }
    made.set(token, headers)
    return headers
  }
}

/**
 * Node keeps the first of two `Authorization` headers; the application behind the proxy may use the second.
 */
function appearsTwice(rawHeaders: readonly string[]): boolean {
  let seen = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length === 13 && name.toLowerCase() === 'authorization') seen++
  }
  return seen > 1
}
