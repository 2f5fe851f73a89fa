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
    const presented = tokenIn(request.rawHeaders, accessCookie)
    const verdict = presented === undefined ? undefined : judge(presented)
    if (verdict?.kind !== 'accepted') return undefined
    response.writeHead(204, headersOf(verdict.token)).end()
    answered++
    return verdict.token
  }
}

const bearer = 'Bearer '

/**
 * The access token of a plain request, from its raw headers: Node builds `headers` on first use, and a proxy
 * passes on many. Undefined for a page of another origin, which needs CORS headers in the answer, and where a
 * header was sent twice: Node keeps the first `Authorization`, and the program behind the proxy may use the
 * second.
 */
function tokenIn(rawHeaders: readonly string[], accessCookie: string): string | undefined {
  let authorization: string | undefined
  let cookie: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length !== 13 && name.length !== 6) continue
    const lower = name.toLowerCase()
    if (lower === 'origin') return undefined
    if (lower === 'authorization') {
      if (authorization !== undefined) return undefined
      authorization = rawHeaders[at + 1]
    } else if (lower === 'cookie') {
      if (cookie !== undefined) return undefined
      cookie = rawHeaders[at + 1]
    }
  }
  // Its form needs no check here: a token that is not a verified one to the byte is decoded strictly.
  if (authorization?.startsWith(bearer)) return authorization.slice(bearer.length)
  return accessTokenIn(authorization, cookie, accessCookie)?.token
}

/** Made once per token: a proxy presents the same token with every request to what it protects. */
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
