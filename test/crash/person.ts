import assert from 'node:assert/strict'
import type { Chance } from '#test/crash/chance.ts'
import {
  type Answered,
  accepts,
  logOut,
  logOutAll,
  type Pair,
  pairIn,
  signUp,
  tryRefresh,
  trySignIn,
} from '#test/support/auth-calls.ts'

/** What was asked of a session, or of all, and not yet answered: it may or may not have happened. */
type Doubt = 'refresh' | 'logout' | undefined
type Held = { pair: Pair; doubt: Doubt }

const weights = { refresh: 55, logOut: 15, signIn: 12, logOutAll: 10, signUp: 8 }
const mostSessions = 4

/** Somebody who uses the server and writes down what it has acknowledged. They do one thing at a time. */
export class Person {
  readonly email: string
  /** Acknowledged sign-ups. */
  readonly signedUp: string[] = []
  /** Tokens whose end was acknowledged, ever. */
  readonly dead: Pair[] = []
  acknowledged = 0
  #live: Held[] = []
  #isEverywhereInDoubt = false
  readonly #chance: Chance

  constructor(email: string, chance: Chance) {
    this.email = email
    this.#chance = chance
  }

  async join(node: string): Promise<void> {
    await this.#signUp(node, this.email)
  }

  /** One thing, chosen by chance. Rejects when no answer comes, and then what was asked is in doubt. */
  async act(node: string): Promise<void> {
    const held = this.#live[this.#chance.between(0, this.#live.length - 1)]
    const what = this.#chance.oneOf(weights)
    if (what === 'signUp') await this.#signUp(node, `${this.signedUp.length}.${this.email}`)
    else if (!held || (what === 'signIn' && this.#live.length < mostSessions)) await this.#signIn(node)
    else if (what === 'logOutAll') await this.#logOutAll(node, held)
    else if (what === 'logOut' || this.#live.length >= mostSessions) await this.#logOut(node, held)
    else await this.#refresh(node, held)
    this.acknowledged++
  }

  async #signUp(node: string, email: string): Promise<void> {
    const { status } = await signUp(node, { email })
    // The one before was not acknowledged, and yet may have happened.
    assert.ok(status === 201 || status === 409, `sign-up: ${status}`)
    this.signedUp.push(email)
  }

  async #signIn(node: string): Promise<void> {
    this.#live.push({ pair: pairIn(await trySignIn(node, this.email)), doubt: undefined })
  }

  async #refresh(node: string, held: Held): Promise<void> {
    held.doubt = 'refresh'
    held.pair = pairIn(await tryRefresh(node, held.pair.refresh))
    held.doubt = undefined
  }

  async #logOut(node: string, held: Held): Promise<void> {
    held.doubt = 'logout'
    assertStatus(await logOut(node, held.pair.access), 204)
    this.#bury([held])
  }

  async #logOutAll(node: string, held: Held): Promise<void> {
    this.#isEverywhereInDoubt = true
    assertStatus(await logOutAll(node, held.pair.access), 200)
    this.#isEverywhereInDoubt = false
    this.#bury(this.#live)
  }

  #bury(over: readonly Held[]): void {
    this.dead.push(...over.map(({ pair }) => pair))
    this.#live = this.#live.filter((held) => !over.includes(held))
  }

  /** Holds the server to what it acknowledged, and settles what is in doubt. Call it while nobody acts. */
  async check(node: string, deadFrom: number): Promise<void> {
    for (const pair of this.dead.slice(deadFrom)) await assertDead(node, pair)
    const before = this.#live.map((held) => held)
    const lives: boolean[] = []
    for (const held of before) lives.push(await this.#settle(node, held))
    const isEverywhere = new Set(lives).size <= 1
    if (this.#isEverywhereInDoubt) assert.ok(isEverywhere, 'a logout everywhere ends all sessions or none')
    this.#isEverywhereInDoubt = false
    this.#bury(before.filter((_, index) => !lives[index]))
  }

  /** Gives whether the session lives. Refreshes it, because that asks most of it. */
  async #settle(node: string, held: Held): Promise<boolean> {
    const { pair, doubt } = held
    const mayBeOver = doubt === 'logout' || this.#isEverywhereInDoubt
    held.doubt = undefined
    if (mayBeOver && !(await accepts(node, pair.access))) {
      await assertDead(node, pair)
      return false
    }
    assert.equal(await accepts(node, pair.access), true, 'an access token that nobody revoked is good')
    const next = pairIn(await tryRefresh(node, pair.refresh))
    const again = pairIn(await tryRefresh(node, pair.refresh))
    assert.equal(again.refresh, next.refresh, 'the one before gets the same successor')
    held.pair = next
    return true
  }
}

async function assertDead(node: string, pair: Pair): Promise<void> {
  assert.equal(await accepts(node, pair.access), false, 'an access token stays dead')
  const answer = await tryRefresh(node, pair.refresh)
  assert.deepEqual([answer.status, answer.body.code], [401, 'refresh_token_revoked'])
}

function assertStatus({ status, body }: Answered, expected: number): void {
  assert.equal(status, expected, JSON.stringify(body))
}
