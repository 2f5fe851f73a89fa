import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import { signUp } from '#src/sign-in/sign-up.ts'
import { passkeySignUpOptions, signUpWithPasskey } from '#src/sign-in/sign-up-passkey.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'
import { newAuthenticator } from '#test/support/authenticator.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { goodPassword, newEmail } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const env = {
  SIGIL_SMTP_URL: 'smtp://127.0.0.1:1',
  SIGIL_MAIL_FROM: 'no-reply@example.org',
  SIGIL_EMAIL_VERIFICATION: 'required',
}

/**
 * Counts how often a call waits for the database: statements that are sent together count once, and their
 * results are passed on together.
 */
async function waitsOf(world: World, act: (world: World) => Promise<unknown>): Promise<number> {
  let waits = 0
  let pending = 0
  let trip = Promise.withResolvers<void>()
  const counted = (query: Query): Query => {
    return async (statement) => {
      if (pending++ === 0) {
        waits++
        trip = Promise.withResolvers()
      }
      const { promise, resolve } = trip
      const rows = await query(statement)
      if (--pending === 0) resolve()
      await promise
      return rows
    }
  }
  const db: World['db'] = {
    ...world.db,
    query: counted(world.db.query),
    transaction: (work) =>
      world.db.transaction(async (query) => {
        waits++
        const outcome = await work(counted(query))
        // The commit is sent together with a statement whose result is not needed.
        if (pending === 0) waits++
        return outcome
      }),
  }
  await act({ ...world, db })
  return waits
}

type Way = (world: World, email: string) => Promise<unknown>

const newcomer = { username: undefined, fullName: undefined, by: bySystem }

const ways: Readonly<Record<string, Way>> = {
  'with a password': (world, email) =>
    signUp(world, { ...newcomer, email, password: goodPassword, address: '192.0.2.1' }),
  'with a passkey': async (world, email) => {
    const browser = 'a browser'
    const options = await passkeySignUpOptions(world, { ...newcomer, email, browser })
    const response = newAuthenticator(world.settings.publicUrl).create(options) as never
    return signUpWithPasskey(world, {
      ...newcomer,
      email,
      browser,
      response,
      name: undefined,
      defaultName: '',
    })
  },
}

/** SQLite is in the process: there a statement is not a round trip. */
const skip = process.env.SIGIL_TEST_POSTGRES_URL ? false : 'SIGIL_TEST_POSTGRES_URL is not set'

test('a sign-up waits for PostgreSQL as often for a taken email as for a new one', { skip }, async () => {
  const world = await openTestWorld(await freshDatabaseUrl('postgres'), { clock: testClock(), env })
  for (const [name, way] of Object.entries(ways)) {
    const taken = newEmail()
    const first = await waitsOf(world, (counted) => way(counted, taken))
    assert.ok(first > 5, `${name}: ${first}`)
    assert.equal(await waitsOf(world, (counted) => way(counted, taken)), first, name)
  }
})
