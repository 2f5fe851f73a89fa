import { setTimeout } from 'node:timers/promises'
import type { Answered, Sent } from '#faults/calls.ts'
import {
  monotonicMs,
  type Refresh,
  type RefreshKind,
  type Revocation,
  type RevocationKind,
} from '#faults/history.ts'
import { outcomeOf, sentNow } from '#faults/outcomes.ts'
import type { Scene } from '#faults/scene.ts'
import type { Chance } from '#test/crash/chance.ts'

/** A session from the client's point of view: the refresh tokens so far, and the latest access tokens. */
type Held = { readonly session: string; readonly refreshes: string[]; access: string; ids: number[] }

const password = 'a battery of correct horses'
const maxSessions = 4
const maxActs = 120

/** The relative frequency of each action of a user. */
type Habits = Readonly<Record<keyof typeof restless, number>>

export const restless = {
  signIn: 18,
  refresh: 34,
  refreshTwice: 8,
  replay: 6,
  logOut: 15,
  logOutAll: 10,
  changeRole: 6,
  disable: 3,
}

/** Ends nothing, so that there are always tokens that are certainly valid. */
export const quiet: Habits = {
  signIn: 1,
  refresh: 10,
  refreshTwice: 1,
  replay: 0,
  logOut: 0,
  logOutAll: 0,
  changeRole: 0,
  disable: 0,
}

type Method = Sent['method']

/** Users, one after another, for the duration of the run; each uses two devices at once. */
export async function liveHere(
  scene: Scene,
  { name, habits, chance }: { name: string; habits: Habits; chance: Chance },
  ended: AbortSignal,
): Promise<void> {
  for (let count = 0; !ended.aborted; count++) {
    const person = new Person(scene, { email: `${name}.${count}@example.org`, habits, chance })
    if (await person.join()) await Promise.all([person.live(ended), person.live(ended)])
    else await setTimeout(200)
  }
}

/**
 * A user who does everything possible with sessions. If a response that may end rights is lost, the state of
 * the tokens is unknown: then the user leaves, and the tokens are still checked.
 */
class Person {
  readonly #scene: Scene
  readonly #email: string
  readonly #habits: Habits
  readonly #chance: Chance
  #id = ''
  #held: Held[] = []
  #acts = 0
  #hasLeft = false

  constructor(scene: Scene, { email, habits, chance }: { email: string; habits: Habits; chance: Chance }) {
    this.#scene = scene
    this.#email = email
    this.#habits = habits
    this.#chance = chance
  }

  async join(): Promise<boolean> {
    const answer = await this.#call('POST', '/api/v1/auth/signup', { json: { email: this.#email, password } })
    const user = answer?.body.user as { id: string } | undefined
    this.#id = user?.id ?? ''
    return answer?.status === 201
  }

  async live(ended: AbortSignal): Promise<void> {
    while (!ended.aborted && !this.#hasLeft && this.#acts++ < maxActs) {
      await setTimeout(this.#chance.between(5, 80))
      await this.#act()
    }
  }

  async #act(): Promise<void> {
    const held = this.#held[this.#chance.between(0, this.#held.length - 1)]
    const what = this.#chance.oneOf(this.#habits)
    if (!held || (what === 'signIn' && this.#held.length < maxSessions)) return this.#signIn()
    if (what === 'refreshTwice') {
      await Promise.all([this.#refresh(held, 'twice'), this.#refresh(held, 'twice')])
    } else if (what === 'replay') await this.#refresh(held, 'replay')
    else if (what === 'logOut') await this.#logOut(held)
    else if (what === 'logOutAll') await this.#logOutAll(held)
    else if (what === 'changeRole') await this.#changeRole()
    else if (what === 'disable') await this.#disable()
    else await this.#refresh(held, 'once')
  }

  async #signIn(): Promise<void> {
    const begin = monotonicMs()
    const answer = await this.#call('POST', '/api/v1/auth/signin', { json: { login: this.#email, password } })
    if (answer?.status === 401) this.#hasLeft = true
    if (answer?.status !== 200) return
    const pair = pairIn(answer)
    const held = { session: pair.session, refreshes: [pair.refresh], access: pair.access, ids: [] }
    this.#keep(held, pair, begin)
    this.#held.push(held)
  }

  async #refresh(held: Held, kind: RefreshKind): Promise<void> {
    const presented = held.refreshes.at(kind === 'replay' ? -3 : -1)
    if (presented === undefined) return
    const about = { user: this.#id, session: held.session, ...sentNow() }
    const refresh: Refresh = { ...about, kind, presented }
    this.#scene.history.refreshes.push(refresh)
    const answer = await this.#call('POST', '/api/v1/auth/refresh', { json: { refresh_token: presented } })
    refresh.end = monotonicMs()
    if (answer?.status === 200) {
      const pair = pairIn(answer)
      refresh.outcome = { successor: pair.refresh }
      this.#keep(held, pair, refresh.begin)
    } else if (answer?.status === 401) {
      refresh.outcome = 'refused'
      this.#forget([held])
      if (answer.body.code !== 'refresh_token_reused') return
      this.#answered(this.#revoking('reuse', held.session, held.ids, about.begin), answer, held.ids)
    }
  }

  async #logOut(held: Held): Promise<void> {
    this.#forget([held])
    const byRefresh = this.#chance.between(0, 2) === 0
    const proof = byRefresh ? { json: { refresh_token: held.refreshes.at(-1) } } : { bearer: held.access }
    const revocation = this.#revoking('logout', held.session, held.ids)
    const answer = await this.#call('POST', '/api/v1/auth/logout', proof)
    this.#answered(revocation, answer, held.ids)
  }

  async #logOutAll(held: Held): Promise<void> {
    const outcome = await this.#endAll('logout_all', () =>
      this.#call('POST', '/api/v1/auth/logout_all', { bearer: held.access }),
    )
    // The token was already revoked, for example by a change of roles: a live session issues another one.
    if (outcome === 'refused') await this.#refresh(held, 'once')
  }

  async #disable(): Promise<void> {
    const path = `/api/v1/users/${this.#id}`
    const outcome = await this.#endAll('disable', () => this.#callAsAdmin('POST', `${path}/disable`))
    if (outcome !== 'acknowledged') return
    const enabled = await this.#callAsAdmin('POST', `${path}/enable`)
    if (enabled?.status !== 200) this.#hasLeft = true
  }

  /**
   * Only a call that changes something revokes tokens: so the current state is read first, and then changed.
   */
  async #changeRole(): Promise<void> {
    const path = `/api/v1/users/${this.#id}/roles/subscriber`
    const before = monotonicMs()
    const answer = await this.#callAsAdmin('GET', path)
    if (answer?.status !== 200) return
    const ids = this.#held.flatMap((held) => held.ids)
    const revocation = this.#revoking('role', undefined, ids, before)
    const changed = await this.#callAsAdmin(answer.body.has === true ? 'DELETE' : 'PUT', path)
    this.#answered(revocation, changed, ids)
  }

  async #endAll(kind: 'logout_all' | 'disable', call: () => Promise<Answered | undefined>) {
    const before = [...this.#held]
    const ids = before.flatMap((held) => held.ids)
    const revocation = this.#revoking(kind, undefined, ids)
    this.#answered(revocation, await call(), ids)
    if (revocation.outcome === 'acknowledged') this.#forget(before)
    return revocation.outcome
  }

  #revoking(
    kind: RevocationKind,
    session: string | undefined,
    ids: readonly number[],
    begin = monotonicMs(),
  ): Revocation {
    const revocation: Revocation = { ...sentNow(), kind, user: this.#id, session, begin }
    this.#scene.history.revocations.push(revocation)
    this.#scene.judges.expose(ids)
    return revocation
  }

  /** Has all judges check tokens that must be revoked now. */
  #answered(revocation: Revocation, answer: Answered | undefined, ids: readonly number[]): void {
    revocation.outcome = outcomeOf(revocation, answer)
    revocation.end = monotonicMs()
    if (revocation.outcome === 'acknowledged') this.#scene.judges.pounce(ids.slice(-3))
    if (revocation.outcome === 'unknown' && revocation.session === undefined) this.#hasLeft = true
  }

  #keep(held: Held, pair: Pair, begin: number): void {
    const { session } = pair
    const about = { user: this.#id, session, begin, end: monotonicMs() }
    held.ids = [...held.ids.slice(-1), this.#scene.judges.issued(pair.access, about)]
    held.access = pair.access
    if (!held.refreshes.includes(pair.refresh)) held.refreshes.push(pair.refresh)
  }

  #forget(over: readonly Held[]): void {
    this.#held = this.#held.filter((held) => !over.includes(held))
  }

  #call(method: Method, path: string, sent: { json?: unknown; bearer?: string }) {
    return this.#scene.call(this.#chance, method, path, sent)
  }

  #callAsAdmin(method: Method, path: string) {
    return this.#scene.callAsAdmin(this.#chance, method, path)
  }
}

type Pair = { readonly access: string; readonly refresh: string; readonly session: string }

function pairIn({ body }: Answered): Pair {
  return {
    access: String(body.access_token),
    refresh: String(body.refresh_token),
    session: String(body.session_id),
  }
}
