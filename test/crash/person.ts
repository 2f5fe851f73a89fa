import assert from 'node:assert/strict'
import type { Chance } from '#test/crash/chance.ts'
import type { Client, Reply } from '#test/support/client.ts'
import {
  goodPassword,
  isAccepted,
  logOut,
  logOutEverywhere,
  refresh,
  refreshed,
  signedIn,
  signUp,
} from '#test/support/people.ts'
import type { WireSession } from '#test/support/wire-body.ts'

/** A call without a response: it may or may not have taken effect. */
type Doubt = 'refresh' | 'logout' | undefined
type Held = { session: WireSession; doubt: Doubt }

const weights = { refresh: 55, logOut: 15, signIn: 12, logOutAll: 10, signUp: 8 }
const maxSessions = 4

/** A user who makes one call at a time and records what the server has acknowledged. */
export class Person {
  readonly email: string
  /** Acknowledged sign-ups. */
  readonly signedUp: string[] = []
  /** Sessions whose end was acknowledged. */
  readonly ended: WireSession[] = []
  acknowledged = 0
  #live: Held[] = []
  #isEverywhereInDoubt = false
  readonly #chance: Chance

  constructor(email: string, chance: Chance) {
    this.email = email
    this.#chance = chance
  }

  async join(node: Client): Promise<void> {
    await this.#signUp(node, this.email)
  }

  /** Makes one random call. Rejects if there is no response, because then the outcome is unknown. */
  async act(node: Client): Promise<void> {
    const held = this.#live[this.#chance.between(0, this.#live.length - 1)]
    const what = this.#chance.oneOf(weights)
    if (what === 'signUp') await this.#signUp(node, `${this.signedUp.length}.${this.email}`)
    else if (!held || (what === 'signIn' && this.#live.length < maxSessions)) await this.#signIn(node)
    else if (what === 'logOutAll') await this.#logOutAll(node, held)
    else if (what === 'logOut' || this.#live.length >= maxSessions) await this.#logOut(node, held)
    else await this.#refresh(node, held)
    this.acknowledged++
  }

  async #signUp(node: Client, email: string): Promise<void> {
    const { status } = await signUp(node, { email, password: goodPassword })
    // An earlier attempt may have succeeded without being acknowledged.
    assert.ok(status === 201 || status === 409, `sign-up: ${status}`)
    this.signedUp.push(email)
  }

  async #signIn(node: Client): Promise<void> {
    const session = await signedIn(node, { email: this.email, password: goodPassword })
    this.#live.push({ session, doubt: undefined })
  }

  async #refresh(node: Client, held: Held): Promise<void> {
    held.doubt = 'refresh'
    held.session = await refreshed(node, held.session.refresh_token)
    held.doubt = undefined
  }

  async #logOut(node: Client, held: Held): Promise<void> {
    held.doubt = 'logout'
    assertStatus(await logOut(node, held.session.access_token), 204)
    this.#bury([held])
  }

  async #logOutAll(node: Client, held: Held): Promise<void> {
    this.#isEverywhereInDoubt = true
    assertStatus(await logOutEverywhere(node, held.session.access_token), 200)
    this.#isEverywhereInDoubt = false
    this.#bury(this.#live)
  }

  #bury(ended: readonly Held[]): void {
    this.ended.push(...ended.map(({ session }) => session))
    this.#live = this.#live.filter((held) => !ended.includes(held))
  }

  /**
   * Checks the acknowledged calls, and resolves unknown outcomes. Must be called while no call is in flight.
   */
  async check(node: Client, endedFrom: number): Promise<void> {
    for (const session of this.ended.slice(endedFrom)) await assertRevoked(node, session)
    const before = this.#live.map((held) => held)
    const lives: boolean[] = []
    for (const held of before) lives.push(await this.#settle(node, held))
    const isEverywhere = new Set(lives).size <= 1
    if (this.#isEverywhereInDoubt) assert.ok(isEverywhere, 'a logout everywhere ends all sessions or none')
    this.#isEverywhereInDoubt = false
    this.#bury(before.filter((_, index) => !lives[index]))
  }

  /** Returns whether the session is live. Refreshes it, because that checks the most. */
  async #settle(node: Client, held: Held): Promise<boolean> {
    const { session, doubt } = held
    const mayHaveEnded = doubt === 'logout' || this.#isEverywhereInDoubt
    held.doubt = undefined
    if (mayHaveEnded && !(await isAccepted(node, session.access_token))) {
      await assertRevoked(node, session)
      return false
    }
    assert.equal(
      await isAccepted(node, session.access_token),
      true,
      'an access token that was not revoked is accepted',
    )
    const next = await refreshed(node, session.refresh_token)
    const again = await refreshed(node, session.refresh_token)
    assert.equal(again.refresh_token, next.refresh_token, 'a repeated refresh gets the same successor')
    held.session = next
    return true
  }
}

async function assertRevoked(node: Client, session: WireSession): Promise<void> {
  assert.equal(await isAccepted(node, session.access_token), false, 'a revoked access token stays revoked')
  const answer = await refresh(node, session.refresh_token)
  assert.deepEqual([answer.status, answer.body.code], [401, 'refresh_token_revoked'])
}

function assertStatus({ status, text }: Reply, expected: number): void {
  assert.equal(status, expected, text)
}
