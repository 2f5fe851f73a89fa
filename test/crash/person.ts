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

/** What was asked of a session, or of all, and not yet answered: it may or may not have happened. */
type Doubt = 'refresh' | 'logout' | undefined
type Held = { session: WireSession; doubt: Doubt }

const weights = { refresh: 55, logOut: 15, signIn: 12, logOutAll: 10, signUp: 8 }
const maxSessions = 4

/** Somebody who uses the server and writes down what it has acknowledged. They do one thing at a time. */
export class Person {
  readonly email: string
  /** Acknowledged sign-ups. */
  readonly signedUp: string[] = []
  /** Tokens whose end was acknowledged, ever. */
  readonly dead: WireSession[] = []
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

  /** One thing, chosen by chance. Rejects when no answer comes, and then what was asked is in doubt. */
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
    // The one before was not acknowledged, and yet may have happened.
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

  #bury(over: readonly Held[]): void {
    this.dead.push(...over.map(({ session }) => session))
    this.#live = this.#live.filter((held) => !over.includes(held))
  }

  /** Holds the server to what it acknowledged, and settles what is in doubt. Call it while nobody acts. */
  async check(node: Client, deadFrom: number): Promise<void> {
    for (const session of this.dead.slice(deadFrom)) await assertDead(node, session)
    const before = this.#live.map((held) => held)
    const lives: boolean[] = []
    for (const held of before) lives.push(await this.#settle(node, held))
    const isEverywhere = new Set(lives).size <= 1
    if (this.#isEverywhereInDoubt) assert.ok(isEverywhere, 'a logout everywhere ends all sessions or none')
    this.#isEverywhereInDoubt = false
    this.#bury(before.filter((_, index) => !lives[index]))
  }

  /** Gives whether the session lives. Refreshes it, because that asks most of it. */
  async #settle(node: Client, held: Held): Promise<boolean> {
    const { session, doubt } = held
    const mayBeOver = doubt === 'logout' || this.#isEverywhereInDoubt
    held.doubt = undefined
    if (mayBeOver && !(await isAccepted(node, session.access_token))) {
      await assertDead(node, session)
      return false
    }
    assert.equal(
      await isAccepted(node, session.access_token),
      true,
      'an access token that nobody revoked is good',
    )
    const next = await refreshed(node, session.refresh_token)
    const again = await refreshed(node, session.refresh_token)
    assert.equal(again.refresh_token, next.refresh_token, 'the one before gets the same successor')
    held.session = next
    return true
  }
}

async function assertDead(node: Client, session: WireSession): Promise<void> {
  assert.equal(await isAccepted(node, session.access_token), false, 'an access token stays dead')
  const answer = await refresh(node, session.refresh_token)
  assert.deepEqual([answer.status, answer.body.code], [401, 'refresh_token_revoked'])
}

function assertStatus({ status, text }: Reply, expected: number): void {
  assert.equal(status, expected, text)
}
