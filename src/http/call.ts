import type { Language } from '#src/errors/error-codes.ts'
import type { Cookies } from '#src/http/cookies.ts'

/** The caller, as the guard of the route found it. */
export type Caller = {
  readonly userId: string
  readonly sessionId: string
  readonly signature: string
  readonly roles: readonly string[]
  /** When the user last authenticated, in milliseconds. */
  readonly authenticatedAt: number
  readonly via: 'bearer' | 'cookie' | 'page'
}

/** A resource server that sent its verifier key. It acts for itself and not for a user. */
export type VerifierCaller = { readonly verifier: string }

/** The branding of every page, from the settings. */
export type Site = {
  readonly name: string
  /** The public URL. */
  readonly url: string
  /** Paths of the logo in the header and in the browser tab. Without a logo, Sigil's mark is shown. */
  readonly logo: string | undefined
  readonly icon: string
  /** A stylesheet that replaces the accent color. */
  readonly colors: string | undefined
  readonly links: Readonly<Record<'privacy' | 'terms' | 'help', string | undefined>>
}

/** One request. `Body` and `Query` are the outputs of the schemas of its route. */
export type Call<Body = unknown, Query = unknown> = {
  readonly method: string
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  readonly header: (name: string) => string | undefined
  readonly cookies: Cookies
  /** The IP address of the client, as reported by trusted proxies. */
  readonly address: string
  /** The IP address of the other end of the connection: the client, or a proxy, trusted or not. */
  readonly peer: string
  readonly userAgent: string
  readonly language: Language
  /** The time zone of the browser, as a script of our pages reported it; otherwise UTC. */
  readonly zone: string
  /**
   * The origin that the client opened, if there is no proxy in between; it may differ from the public URL.
   */
  readonly opened: string | undefined
  readonly site: Site
  readonly requestId: string
  /** Set by the route's guard; absent where the guard lets anyone in. */
  readonly caller: Caller | undefined
  /** The name of the calling resource server, if the guard requires a verifier key. */
  readonly verifier: string | undefined
}

/** The caller of a route whose guard requires one. */
export function callerOf(call: Call): Caller {
  if (!call.caller) throw new Error(`The route ${call.path} needs a caller, but its guard lets anyone in`)
  return call.caller
}
