/** Milliseconds of the machine's monotonic clock, which is one for all processes. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** From just before a call was sent until just after its answer came, by `monotonicMs`. */
export type Span = { readonly begin: number; readonly end: number }

/** An access token, and the call that handed it out. */
export type Token = Span & {
  readonly id: number
  readonly user: string
  /** Empty for an offline grant. */
  readonly session: string
  /** What everything of the user is revoked by: the signature; for a token of an app, its grant. */
  readonly signature: string
  readonly grant?: string | undefined
  readonly app?: string | undefined
}

/** `undecided`: 503, or no answer at all. */
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
] as const
export type RevocationKind = (typeof revocationKinds)[number]

/**
 * A call that ends rights: of one session, one grant or one app, or of all that a user has been given so far.
 * `disconnect` ends what the app has been granted so far, `app` removes it. `acknowledged`: its answer said
 * that it is done. `refused`: it did nothing. `unknown`: it may be done already, or be done later, and so is
 * one whose answer has not come yet.
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

/** `twice`: beside another one of the same token. `replay`: of a token whose successor was used already. */
export type Refresh = {
  readonly kind: RefreshKind
  readonly user: string
  /** Whose refresh tokens they are: a session, or a grant. */
  readonly session: string
  readonly presented: string
  readonly begin: number
  end: number
  outcome: { readonly successor: string } | 'refused' | 'unknown'
}

/** What was broken, until it was mended, and whose verdicts may suffer from it. */
export type Fault = {
  readonly name: string
  readonly judges: readonly string[]
  readonly begin: number
  end: number
}

/** What was seen of a run, in no particular order. */
export type History = {
  began: number
  readonly tokens: Token[]
  readonly verifies: Verify[]
  readonly revocations: Revocation[]
  readonly refreshes: Refresh[]
  readonly errors: Fault[]
  /** Whether the audit log verifies, each time that it could be read; else what is wrong with it. */
  readonly audits: ('whole' | { readonly broken: string })[]
  /** What must never happen, whatever is broken: a process that ends by itself, an answer of 500. */
  readonly accidents: string[]
}

export function newHistory(): History {
  const [began, nothing] = [monotonicMs(), { tokens: [], verifies: [], revocations: [] }]
  return { began, ...nothing, refreshes: [], errors: [], audits: [], accidents: [] }
}
