import type { FaultsApp } from '#faults/app-browser.ts'
import type { Answered } from '#faults/calls.ts'
import { monotonicMs, type Revocation } from '#faults/history.ts'
import { outcomeOf, sentNow } from '#faults/outcomes.ts'
import type { Shown } from '#faults/questions.ts'
import type { Scene } from '#faults/scene.ts'

/**
 * A grant, by a local name; that of a site, by its id. `session` is the page session that it ends with; empty
 * if it is offline. A site has no refresh tokens.
 */
export type HeldGrant = {
  readonly app: FaultsApp
  readonly grant: string
  readonly session: string
  readonly refreshes: string[]
  ids: number[]
  /** The latest access token or ticket. */
  latest: Shown
}

type Target = Partial<Pick<Revocation, 'session' | 'grant' | 'app' | 'begin'>>

type Ending = {
  readonly kind: Revocation['kind']
  readonly target: Target
  /** The tokens to watch. */
  readonly ids: readonly number[]
  readonly call: () => Promise<Answered | undefined>
}

/** The grants of a user, and the tokens and revocations that the checker needs. */
export class AppLedger {
  readonly #scene: Scene
  readonly #user: string
  held: HeldGrant[] = []
  /** Whether a call without a response may still change the rights of the user. */
  isUncertain = false

  constructor(scene: Scene, user: string) {
    this.#scene = scene
    this.#user = user
  }

  /** A token that was just issued. */
  keep(held: HeldGrant, shown: Shown, { begin, actor }: { begin: number; actor?: string }): number {
    const { app, grant, session } = held
    const about = { user: this.#user, app: app.id, grant, session, actor, begin, end: monotonicMs() }
    const id = this.#scene.judges.issuedToApp(shown, about)
    held.ids = [...held.ids.slice(-3), id]
    return id
  }

  forget(over: readonly HeldGrant[]): void {
    this.held = this.held.filter((held) => !over.includes(held))
  }

  /** Ends these grants with a call. */
  endGrants(kind: Revocation['kind'], target: Target, over: readonly HeldGrant[], call: Ending['call']) {
    this.forget(over)
    return this.end({ kind, target, ids: over.flatMap((held) => held.ids), call })
  }

  async end({ kind, target, ids, call }: Ending): Promise<void> {
    const revocation = this.#revoking(kind, target, ids)
    const answer = await call()
    this.#settle(revocation, outcomeOf({ kind }, answer), ids)
  }

  /** The replay of a refresh token has ended its grant. */
  endedByReuse({ grant, ids }: HeldGrant, begin: number): void {
    this.#settle(this.#revoking('reuse', { grant, begin }, ids), 'acknowledged', ids)
  }

  #revoking(kind: Revocation['kind'], target: Target, ids: readonly number[]): Revocation {
    const revocation: Revocation = { ...sentNow(), session: undefined, ...target, kind, user: this.#user }
    this.#scene.history.revocations.push(revocation)
    this.#scene.judges.expose(ids)
    return revocation
  }

  #settle(revocation: Revocation, outcome: Revocation['outcome'], ids: readonly number[]): void {
    revocation.outcome = outcome
    revocation.end = monotonicMs()
    if (outcome === 'acknowledged') this.#scene.judges.pounce(ids.slice(-6))
    // After a call that may be executed at any time, nothing is certain.
    else if (outcome === 'unknown') this.isUncertain = true
  }
}
