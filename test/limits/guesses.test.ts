import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { readCursor } from '#src/http/cursor.ts'
import { readKnownBrowser, writeKnownBrowser } from '#src/limits/known-browser.ts'
import { maxDelayMs } from '#src/limits/limit.ts'
import { policies } from '#src/limits/policies.ts'
import { wakeAfterMs } from '#src/outbox/enqueue.ts'
import { systemClock } from '#src/platform/clock.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { listHistory } from '#src/sessions/list.ts'
import { storeLimited } from '#src/sign-in/record-limited.ts'
import { type SigningIn, signIn } from '#src/sign-in/sign-in.ts'
import type { World } from '#src/world/world.ts'
import { atOnce } from '#test/support/at-once.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { goodPassword } from '#test/support/people.ts'
import { signUpDirectly as signUp } from '#test/support/sign-up-directly.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const { quota } = policies.login
const growing = [0, 0, 0, 0, 0, 125, 250, 500, 1000, 2000]
/** The delays of this many guesses, one after the other. */
const heldBy = (guesses: number) =>
  Array.from({ length: guesses }, (_, index) => growing[index] ?? maxDelayMs)

/** A world without waiting, which records how long each wait would have been. */
async function hastyWorld(engine: Engine, env = { SIGIL_RATE_LIMITS: 'on' }) {
  const clock = testClock()
  const held: number[] = []
  const after = (ms: number, act: () => void) => {
    if (ms !== wakeAfterMs) held.push(ms)
    return systemClock.after(0, act)
  }
  return { world: await openTestWorld(engine, { clock: { ...clock, after }, env }), held, clock }
}

async function ada(world: World) {
  return signUp(world, {
    email: 'ada@example.org',
    password: goodPassword,
    username: 'Ada',
    fullName: undefined,
    address: '192.0.2.1',
    by: bySystem,
  })
}

const from = { address: '192.0.2.7', userAgent: '' }

async function guess(world: World, attempt: Partial<SigningIn>): Promise<string> {
  const whole = {
    login: 'ada@example.org',
    password: 'not this one',
    knownBrowser: undefined,
    trustedDevice: undefined,
    by: bySystem,
    ...attempt,
  }
  try {
    await signIn(world, { ...whole, client: from, forPages: false })
    return 'in'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

/** Makes this many wrong guesses, each of which must be checked. */
async function guesses(world: World, times: number, attempt: Partial<SigningIn> = {}): Promise<void> {
  for (let time = 0; time < times; time++) assert.equal(await guess(world, attempt), 'wrong_credentials')
}

onBothEngines('password guesses', (engine) => {
  test('wrong passwords are delayed, and beyond the limit get too_many_attempts', async () => {
    const { world, held, clock } = await hastyWorld(engine)
    await ada(world)
    await guesses(world, quota)
    assert.deepEqual(held, heldBy(quota).filter(Boolean))
    assert.equal(await guess(world, { password: goodPassword }), 'too_many_attempts')
    assert.equal(await guess(world, {}), 'too_many_attempts')
    clock.forward(policies.login.windowMs / quota)
    assert.equal(await guess(world, { password: goodPassword }), 'in')
  })

  test('an unknown login is delayed and limited like a known one', async () => {
    const { world, held } = await hastyWorld(engine)
    await ada(world)
    await guesses(world, quota)
    const known = [await guess(world, {}), await guess(world, {}), ...held.splice(0)]
    const unknown = { login: 'nobody@example.org' }
    await guesses(world, quota, unknown)
    assert.deepEqual([await guess(world, unknown), await guess(world, unknown), ...held], known)
  })

  test('all spellings of a login share one bucket', async () => {
    const { world } = await hastyWorld(engine)
    await ada(world)
    const spellings = ['ada@example.org', 'ADA@example.org', ' ada@EXAMPLE.org ', 'Ada@Example.Org']
    for (const login of spellings) await guesses(world, quota / spellings.length, { login })
    assert.equal(await guess(world, { password: goodPassword }), 'too_many_attempts')
    for (const login of ['ada', 'ADA', 'Ａｄａ', 'aDa']) await guesses(world, quota / 4, { login })
    assert.equal(await guess(world, { login: 'Ada', password: goodPassword }), 'too_many_attempts')
  })

  test('a correct password does not count as a guess', async () => {
    const { world, held } = await hastyWorld(engine)
    await ada(world)
    for (let time = 0; time < quota + 5; time++)
      assert.equal(await guess(world, { password: goodPassword }), 'in')
    assert.deepEqual(held, [])
    await guesses(world, 5)
    assert.deepEqual(held, [])
  })

  test('attempts beyond the limit are one history row, with their number', async () => {
    const { world } = await hastyWorld(engine)
    const { id: userId } = await ada(world)
    await guesses(world, quota)
    for (let time = 0; time < 7; time++) assert.equal(await guess(world, {}), 'too_many_attempts')
    await storeLimited(world)
    const lines = await listHistory(world, { userId, place: readCursor(undefined), limit: 100 })
    const limited = lines.filter(({ outcome }) => outcome === 'limited')
    assert.deepEqual([lines.length, limited.map(({ attempts }) => attempts)], [quota + 1, [7]])
  })
})

onBothEngines('password guesses from known browsers', (engine) => {
  test('the owner can sign in from a known browser after a stranger has used up the limit', async () => {
    const { world } = await hastyWorld(engine)
    const user = await ada(world)
    const now = world.clock.now()
    const knownBrowser = writeKnownBrowser(world, { user, now })
    await guesses(world, quota)
    assert.equal(await guess(world, { password: goodPassword }), 'too_many_attempts')
    assert.equal(await guess(world, { password: goodPassword, knownBrowser }), 'in')

    const someoneElses = writeKnownBrowser(world, { user: { ...user, id: 'B'.repeat(22) }, now })
    const forged = `${knownBrowser.slice(0, -2)}AA`
    for (const cookie of [someoneElses, forged]) {
      const refused = await guess(world, { password: goodPassword, knownBrowser: cookie })
      assert.equal(refused, 'too_many_attempts')
    }
  })

  test('a stolen browser cookie is limited too, without locking out other browsers', async () => {
    const { world, held } = await hastyWorld(engine)
    const user = await ada(world)
    const stolen = writeKnownBrowser(world, { user, now: world.clock.now() })
    const another = writeKnownBrowser(world, { user, now: world.clock.now() })
    await guesses(world, policies.known_browser.quota, { knownBrowser: stolen })
    assert.equal(held.at(-1), maxDelayMs)
    assert.equal(await guess(world, { password: goodPassword, knownBrowser: stolen }), 'too_many_attempts')
    assert.equal(await guess(world, { password: goodPassword, knownBrowser: another }), 'in')
    assert.equal(await guess(world, { password: goodPassword }), 'in')
  })

  test('many stolen cookies of one user share a limit', async () => {
    const { world } = await hastyWorld(engine)
    const user = await ada(world)
    const cookies = Array.from({ length: 8 }, () =>
      writeKnownBrowser(world, { user, now: world.clock.now() }),
    )
    const outcomes: string[] = []
    for (const knownBrowser of cookies)
      for (let time = 0; time < 10; time++) outcomes.push(await guess(world, { knownBrowser }))
    const checked = outcomes.filter((outcome) => outcome === 'wrong_credentials').length
    assert.equal(checked, policies.known_browsers.quota)
  })

  test('rotating the signature invalidates the cookies of all known browsers', async () => {
    const { world } = await hastyWorld(engine)
    const user = await ada(world)
    const knownBrowser = writeKnownBrowser(world, { user, now: world.clock.now() })
    await (await logOutEverywhere(world, { userId: user.id, reason: 'logout_all', by: bySystem })).propagated
    await guesses(world, quota)
    assert.equal(await guess(world, { password: goodPassword, knownBrowser }), 'too_many_attempts')
  })
})

onBothEngines('many password guesses at once', (engine) => {
  test('of fifty parallel guesses only as many are checked as the limit allows', async () => {
    const { world } = await hastyWorld(engine)
    await ada(world)
    const outcomes = await atOnce(50, () => guess(world, { password: goodPassword }))
    const others = outcomes.filter((outcome) => outcome !== 'in')
    assert.ok(outcomes.length - others.length >= quota)
    assert.ok(others.every((outcome) => outcome === 'too_many_attempts'))
    await guesses(world, quota, { login: 'eve' })
    const late = Array.from({ length: 50 }, () => guess(world, { login: 'eve' }))
    assert.deepEqual([...new Set(await Promise.all(late))], ['too_many_attempts'])
  })

  test('a delayed guess delays no other login', async () => {
    const clock = testClock()
    const env = { SIGIL_RATE_LIMITS: 'on', SIGIL_HASHERS: '1' }
    const world = await openTestWorld(engine, { clock, env })
    await ada(world)
    await guesses(world, 5, { login: 'eve' })
    const held = guess(world, { login: 'eve' })
    assert.equal(await guess(world, { password: goodPassword }), 'in')
    clock.forward(maxDelayMs)
    assert.equal(await held, 'wrong_credentials')
  })

  test('with rate limits off, guesses are neither counted nor delayed', async () => {
    const { world, held } = await hastyWorld(engine, { SIGIL_RATE_LIMITS: 'off' })
    await ada(world)
    await guesses(world, quota + 5)
    assert.equal(await guess(world, { password: goodPassword }), 'in')
    assert.deepEqual(held, [])
  })
})

onBothEngines('known-browser cookies', (engine) => {
  test('a known-browser cookie is valid for a year, and any changed character makes it invalid', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const now = world.clock.now()
    const yearMs = 365 * 24 * 60 * 60 * 1000
    const user = { id: 'A'.repeat(22), signature: 'S'.repeat(22) }
    const text = writeKnownBrowser(world, { user, now })
    assert.equal(readKnownBrowser(world.keys, { text: text, user, now: now })?.userId, user.id)
    assert.equal(
      readKnownBrowser(world.keys, { text: text, user, now: now + yearMs - 2000 })?.userId,
      user.id,
    )
    assert.equal(readKnownBrowser(world.keys, { text: text, user, now: now + yearMs + 1000 }), undefined)
    for (let at = 0; at < text.length; at++) {
      const changed = text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1)
      assert.equal(
        readKnownBrowser(world.keys, { text: changed, user, now: now }),
        undefined,
        `changed at ${at}`,
      )
    }
    assert.equal(readKnownBrowser(world.keys, { text: '', user, now: now }), undefined)
  })
})
