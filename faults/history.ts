/** Milliseconds of the machine's monotonic clock, which is one for all processes. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** From just before a call was sent until just after its response arrived, by `monotonicMs`. */
export type Span = { readonly begin: number; readonly end: number }

/** `bound`: to a key. `exchanged`: for the token of another app. `ticket`: for the host of an app. */
export const tokenKinds = ['session', 'app', 'bound', 'exchanged', 'ticket'] as const
export type TokenKind = (typeof tokenKinds)[number]

/** An access token or a ticket, and the call that issued it. */
export type Token = Span & {
  readonly id: number
  readonly kind: TokenKind
  readonly user: string
  /** Empty for an offline grant. */
  readonly session: string
  /** The id that revokes everything of the user: the signature; for a token of an app, its grant. */
  readonly signature: string
  readonly grant?: string | undefined
  readonly app?: string | undefined
  /** The app that exchanged a token of `app` for this one. */
  readonly actor?: string | undefined
}

/** `undecided`: 503, or no response. */
export type Verdict = 'accepted' | 'refused' | 'undecided'

export type Verify = Span & { readonly judge: string; readonly token: number; readonly verdict: Verdict }

export const revocationKinds = [
  'logout',
  'logout_all',
  'reuse',
  'role',
  'disable',
  'grant',
  'disconnect',
  'app',
  'app_disabled',
  'delete',
] as const
export type RevocationKind = (typeof revocationKinds)[number]

/**
 * A call that ends the rights of one session, grant or app, or everything of a user so far. `disconnect` and
 * `app_disabled` end the app's grants so far, `app` removes it. `acknowledged`: its response confirmed it.
 * `refused`: it did
 * nothing. `unknown`: it may be executed already or later, like a call without a response so far.
 */
export type Revocation = {
  readonly kind: RevocationKind
  readonly user: string
  readonly session: string | undefined
  readonly grant?: string | undefined
  readonly app?: string | undefined
  readonly begin: number
  end: number
  outcome: 'acknowledged' | 'refused' | 'unknown'
}

export type RefreshKind = 'once' | 'twice' | 'replay'

/**
 * `twice`: concurrent with another one of the same token. `replay`: of a token whose successor was already
 * used.
 */
export type Refresh = {
  readonly kind: RefreshKind
  readonly user: string
  /** The owner of the refresh tokens: a session, or a grant. */
  readonly session: string
  readonly presented: string
  readonly begin: number
  end: number
  outcome: { readonly successor: string } | 'refused' | 'unknown'
}

/** A fault, the time until it was repaired, and whose verdicts it may affect. */
export type Fault = {
  readonly name: string
  readonly judges: readonly string[]
  readonly begin: number
  end: number
}

/** The observations of a run, in no particular order. */
export type History = {
  began: number
  readonly tokens: Token[]
  readonly verifies: Verify[]
  readonly revocations: Revocation[]
  readonly refreshes: Refresh[]
  readonly errors: Fault[]
  /** The result of verifying the audit log, each time that it could be read: intact, or the error. */
  readonly audits: ('whole' | { readonly broken: string })[]
  /**
   * Events that must never happen under any fault: a process that ends by itself, a response with status 500.
   */
  readonly accidents: string[]
}

export function newHistory(): History {
  const [began, nothing] = [monotonicMs(), { tokens: [], verifies: [], revocations: [] }]
  return { began, ...nothing, refreshes: [], errors: [], audits: [], accidents: [] }
}
