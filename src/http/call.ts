import type { Language } from '#src/errors/errors.ts'
import type { Cookies } from '#src/http/cookies.ts'

/** Who makes a call, as the guard of its route found out. */
export type Caller = {
  readonly userId: string
  readonly sessionId: string
  readonly signature: string
  readonly roles: readonly string[]
  /** When this person last proved who they are, in milliseconds. */
  readonly authenticatedAt: number
  readonly via: 'bearer' | 'cookie' | 'page'
}

/** A resource server that showed its verifier key. It acts for itself and not for a user. */
export type VerifierCaller = { readonly verifier: string }

/** One request, read and checked as far as its route says. `Body` and `Query` are what its schemas give. */
export type Call<Body = unknown, Query = unknown> = {
  readonly method: string
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  readonly header: (name: string) => string | undefined
  readonly cookies: Cookies
  /** The client's address, as far as trusted proxies vouch for it. */
  readonly address: string
  /** The other end of the connection: the client itself, or a proxy that may not be trusted. */
  readonly peer: string
  readonly userAgent: string
  readonly language: Language
  readonly requestId: string
  /** Set by the route's guard; absent where the guard lets anyone in. */
  readonly caller: Caller | undefined
  /** The name of the resource server that makes the call, where the guard asked for a verifier key. */
  readonly verifier: string | undefined
}

/** The caller of a route whose guard lets only known callers through. */
export function callerOf(call: Call): Caller {
  if (!call.caller)
    throw new Error(`The route ${call.path} asks for its caller, but its guard lets anyone in`)
  return call.caller
}
