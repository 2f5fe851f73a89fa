import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { readKnownBrowser, writeKnownBrowser } from '#src/limits/known-browser.ts'
import { maxDelayMs } from '#src/limits/limit.ts'
import { policies } from '#src/limits/policies.ts'
import { systemClock } from '#src/platform/clock.ts'
import { type SigningIn, signIn } from '#src/sign-in/sign-in.ts'
import { signUp } from '#src/sign-in/sign-up.ts'
import type { World } from '#src/world/world.ts'
import { atOnce } from '#test/support/at-once.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { goodPassword } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const { quota } = policies.login
const growing = [0, 0, 0, 0, 0, 125, 250, 500, 1000, 2000]
/** The delays of this many guesses, one after the other. */
const heldBy = (guesses: number) =>
  Array.from({ length: guesses }, (_, index) => growing[index] ?? maxDelayMs)

/** A world without waiting that records how long calls would have waited. */
async function hastyWorld(engine: Engine, env = { SIGIL_RATE_LIMITS: 'on' }) {
  const clock = testClock()
  const held: number[] = []
  const after = (ms: number, act: () => void) => {
    held.push(ms)
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
    by: bySystem,
    ...attempt,
  }
  try {
    await signIn(world, { ...whole, client: from, forPages: false })
    return 'in'
  } catch (no) {
    if (no instanceof AppError) return no.code
    throw no
  }
}

async function guesses(world: World, times: number, attempt: Partial<SigningIn> = {}): Promise<void> {
  for (let time = 0; time < times; time++) assert.equal(await guess(world, attempt), 'wrong_credentials')
}

onBothEngines('guesses of a password', (engine) => {
  test('wrong passwords are delayed more and more, and then even the right one is rejected', async () => {
    const { world, held, clock } = await hastyWorld(engine)
    await ada(world)
    await guesses(world, quota)
    assert.deepEqual(held, heldBy(quota).filter(Boolean))
    assert.equal(await guess(world, { password: goodPassword }), 'wrong_credentials')
    assert.equal(held.at(-1), maxDelayMs)
    clock.forward(policies.login.windowMs / quota)
    assert.equal(await guess(world, { password: goodPassword }), 'in')
  })

  test('guesses are limited alike for known and unknown logins', async () => {
    const { world, held } = await hastyWorld(engine)
    await ada(world)
    await guesses(world, quota + 2)
    const known = held.splice(0)
    await guesses(world, quota + 2, { login: 'nobody@example.org' })
    assert.deepEqual(held, known)
  })

  test('all spellings of a login share one limit', async () => {
    const { world } = await hastyWorld(engine)
    await ada(world)
    const spellings = ['ada@example.org', 'ADA@example.org', ' ada@EXAMPLE.org ', 'Ada@Example.Org']
    for (const login of spellings) await guesses(world, quota / spellings.length, { login })
    assert.equal(await guess(world, { password: goodPassword }), 'wrong_credentials')
    for (const login of ['ada', 'ADA', 'Ａｄａ', 'aDa']) await guesses(world, quota / 4, { login })
    assert.equal(await guess(world, { login: 'Ada', password: goodPassword }), 'wrong_credentials')
  })

  test('correct passwords are not counted', async () => {
    const { world, held } = await hastyWorld(engine)
    await ada(world)
    for (let time = 0; time < quota + 5; time++)
      assert.equal(await guess(world, { password: goodPassword }), 'in')
    assert.deepEqual(held, [])
    await guesses(world, 5)
    assert.deepEqual(held, [])
  })
})

onBothEngines('guesses of a password by known browsers', (engine) => {
  test('guesses do not lock out a browser that has signed in before', async () => {
    const { world } = await hastyWorld(engine)
    const { id: userId } = await ada(world)
    const now = world.clock.now()
    const knownBrowser = writeKnownBrowser(world, { userId, now })
    await guesses(world, quota + 1)
    assert.equal(await guess(world, { password: goodPassword }), 'wrong_credentials')
    assert.equal(await guess(world, { password: goodPassword, knownBrowser }), 'in')

    const someoneElses = writeKnownBrowser(world, { userId: 'B'.repeat(22), now })
    assert.equal(
      await guess(world, { password: goodPassword, knownBrowser: someoneElses }),
      'wrong_credentials',
    )
    const forged = `${knownBrowser.slice(0, -2)}AA`
    assert.equal(await guess(world, { password: goodPassword, knownBrowser: forged }), 'wrong_credentials')
  })

  test('guesses with a stolen browser cookie are limited and lock out that browser only', async () => {
    const { world, held } = await hastyWorld(engine)
    const { id: userId } = await ada(world)
    const stolen = writeKnownBrowser(world, { userId, now: world.clock.now() })
    const another = writeKnownBrowser(world, { userId, now: world.clock.now() })
    await guesses(world, policies.known_browser.quota, { knownBrowser: stolen })
    assert.equal(held.at(-1), maxDelayMs)
    assert.equal(await guess(world, { password: goodPassword, knownBrowser: stolen }), 'wrong_credentials')
    assert.equal(await guess(world, { password: goodPassword, knownBrowser: another }), 'in')
    assert.equal(await guess(world, { password: goodPassword }), 'in')
  })
})

onBothEngines('guesses of a password at once', (engine) => {
  test('of fifty guesses at once only as many are checked as the limit allows', async () => {
    const { world } = await hastyWorld(engine)
    await ada(world)
    const outcomes = await atOnce(50, () => guess(world, { password: goodPassword }))
    const others = outcomes.filter((outcome) => outcome !== 'in')
    assert.ok(outcomes.length - others.length >= quota)
    assert.ok(others.every((outcome) => outcome === 'wrong_credentials'))
    await guesses(world, quota, { login: 'eve' })
    const late = Array.from({ length: 50 }, () => guess(world, { login: 'eve' }))
    assert.deepEqual([...new Set(await Promise.all(late))], ['wrong_credentials'])
  })

  test('delayed guesses do not delay other calls', async () => {
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

  test('guesses are neither counted nor delayed when limits are off', async () => {
    const { world, held } = await hastyWorld(engine, { SIGIL_RATE_LIMITS: 'off' })
    await ada(world)
    await guesses(world, quota + 5)
    assert.equal(await guess(world, { password: goodPassword }), 'in')
    assert.deepEqual(held, [])
  })
})

onBothEngines('the cookie of a known browser', (engine) => {
  test('the cookie of a known browser is valid for a year, unchanged, for this server only', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const now = world.clock.now()
    const yearMs = 365 * 24 * 60 * 60 * 1000
    const userId = 'A'.repeat(22)
    const text = writeKnownBrowser(world, { userId, now })
    assert.equal(readKnownBrowser(world.keys, text, now)?.userId, userId)
    assert.equal(readKnownBrowser(world.keys, text, now + yearMs - 2000)?.userId, userId)
    assert.equal(readKnownBrowser(world.keys, text, now + yearMs + 1000), undefined)
    for (let at = 0; at < text.length; at++) {
      const changed = text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1)
      assert.equal(readKnownBrowser(world.keys, changed, now), undefined, `changed at ${at}`)
    }
    assert.equal(readKnownBrowser(world.keys, '', now), undefined)
  })
})
