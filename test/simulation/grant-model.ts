/** The dependencies of a token; once one of them has ended, the token is revoked. */
export type Right = { isEnded: boolean }

export type SimulatedApp = Right & {
  readonly clientId: string
  /** Behind a proxy: its users have tickets. */
  readonly isSite: boolean
}

export type SimulatedSession = Right & { readonly id: string; readonly owner: Owner }

export type SimulatedGrant = Right & {
  readonly id: string
  readonly owner: Owner
  readonly app: SimulatedApp
  /** Undefined for an offline grant, which outlives its session. */
  readonly session: SimulatedSession | undefined
  readonly refreshTokens: string[]
}

export type Owner = {
  readonly id: string
  readonly email: string
  readonly password: string
  /** Replaced by whatever ends everything of a user. */
  everything: Right
  readonly sessions: SimulatedSession[]
  readonly grants: SimulatedGrant[]
}

export type IssuedToken = {
  readonly text: string
  /** `bound`: works only with a proof of a key. */
  readonly kind: 'session' | 'app' | 'machine' | 'bound' | 'ticket'
  /** The app that a ticket is for. */
  readonly clientId?: string
  readonly rights: readonly Right[]
}

export function isDead({ rights }: Pick<IssuedToken, 'rights'>): boolean {
  return rights.some(({ isEnded }) => isEnded)
}

/** The dependencies of a token of a grant: removing an app ends its grants. */
export function rightsOf(grant: SimulatedGrant): readonly Right[] {
  return [grant, grant.app, ...(grant.session ? [grant.session] : [])]
}

/** `logout_all`, a disabled and a deleted user: sessions, and grants whether they are offline or not. */
export function endEverything(owner: Owner): void {
  for (const right of [owner.everything, ...owner.sessions, ...owner.grants]) right.isEnded = true
  owner.everything = { isEnded: false }
}

export function endOtherSessions(owner: Owner, spared: SimulatedSession): void {
  for (const session of owner.sessions) if (session !== spared) session.isEnded = true
}

export function endGrantsOfApp(owner: Owner, app: SimulatedApp): void {
  for (const grant of owner.grants) if (grant.app === app) grant.isEnded = true
}
