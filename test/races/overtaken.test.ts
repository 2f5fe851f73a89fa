import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import { bySystem } from '#src/audit/by.ts'
import { changePassword } from '#src/credentials/passwords/change-password.ts'
import { AppError } from '#src/errors/errors.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { end } from '#src/sessions/end.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { signIn } from '#src/sign-in/sign-in.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { prepareMint } from '#src/tokens/mint.ts'
import { refresh } from '#src/tokens/refresh.ts'
import type { World } from '#src/world/world.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { isAccepted } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { signInDirectly } from '#test/support/sign-in-directly.ts'
import { signUpDirectly as signUp } from '#test/support/sign-up-directly.ts'

const client = { address: '127.0.0.1', userAgent: 'test' }
const password = 'a battery of correct horses'
const login = 'ada@example.org'

/** A copy of the World that holds a lease and runs the action after its first statement, or a given one. */
async function overtakenAfterStatement(
  world: World,
  action: () => Promise<unknown>,
  statement = 1,
): Promise<World> {
  let statements = Number.NEGATIVE_INFINITY
  const query: Query = async (sent) => {
    const rows = await world.db.query(sent)
    statements++
    if (statements === statement) await action()
    return rows
  }
  const late = { ...world, db: { ...world.db, query } }
  // The one-time work of a world before its first token is not counted.
  await revocationNode(late).ensureLease()
  await prepareMint(late, late.clock.now())
  statements = 0
  return late
}

/** A copy of the World that runs the action before its first transaction. */
function overtakenBeforeTransaction(world: World, action: () => Promise<unknown>): World {
  let isFirst = true
  const transaction: World['db']['transaction'] = async (work) => {
    if (isFirst) {
      isFirst = false
      await action()
    }
    return world.db.transaction(work)
  }
  return { ...world, db: { ...world.db, transaction } }
}

const attempt = {
  login,
  password,
  client,
  forPages: false,
  knownBrowser: undefined,
  trustedDevice: undefined,
  by: bySystem,
}

async function signedIn(world: World) {
  const profile = { username: undefined, fullName: undefined, address: client.address, by: bySystem }
  const user = await signUp(world, { email: login, password, ...profile })
  const { pair } = await signInDirectly(world, attempt)
  return { userId: user.id, pair }
}

type Action = (world: World, userId: string, sessionId: string) => Promise<unknown>

const passwordChanged: Action = (world, userId, sessionId) => {
  const fresh = 'another battery of horses'
  return changePassword(world, {
    userId,
    sessionId,
    current: password,
    fresh,
    address: client.address,
    by: bySystem,
  })
}
const loggedOut: Action = (world, userId) =>
  logOutEverywhere(world, { userId, reason: 'logout_all', by: bySystem })
const loggedOutHere: Action = (world, userId, sessionId) =>
  end(world, { sessionId, userId, reason: 'logout', by: bySystem })
const disabled: Action = (world, userId) => disable(world, { userId, by: bySystem })
/** The signature stays the same, so only the state shows it. */
const disabledByHand: Action = ({ db }, userId) =>
  db.query(sql`update users set state = 'disabled', disabled_at = 1 where id = ${userId}`)
/** The signature stays the same, so only the password hash shows it. */
const passwordReplaced: Action = ({ db }, userId) =>
  db.query(sql`update users set password_hash = ${unknownHash} where id = ${userId}`)
/** The signature stays the same, so only the list of factors shows it. */
const secondFactorAdded: Action = ({ db }, userId) =>
  db.query(sql`update users set second_factors = 'totp' where id = ${userId}`)
const unknownHash =
  '$argon2id$v=19$m=19456,t=2,p=1$c2lnaWwtZGVjb3ktc2FsdA$pVEaWqv5cFkjAjW7nM2WlO2BYRuC0a8Fd1wXkCq5j2s'
const deleted: Action = (world, userId) => removeWithTokens(world, { userId, by: bySystem })

onBothEngines('a refresh concurrent with a change', (engine) => {
  const overtaking = {
    'a password change': passwordChanged,
    logout_all: loggedOut,
    disabling: disabled,
    deletion: deleted,
  }
  for (const [what, action] of Object.entries(overtaking)) {
    test(`a refresh that rotated before ${what} issues a revoked token`, async () => {
      const { url, world } = await startServer(engine)
      const { userId, pair } = await signedIn(world)
      const late = await overtakenAfterStatement(world, () => action(world, userId, pair.sessionId))
      const next = await refresh(late, { presented: pair.refreshToken, client, by: bySystem })
      assert.equal(await isAccepted(clientAt(url), next.accessToken), false)
      const again = refresh(world, { presented: next.refreshToken, client, by: bySystem })
      await assert.rejects(again, AppError)
    })
  }

  for (const [what, action] of Object.entries({
    ...overtaking,
    'disabling in the database': disabledByHand,
  })) {
    test(`a refresh after ${what} issues nothing`, async () => {
      const { world } = await startServer(engine)
      const { userId, pair } = await signedIn(world)
      await action(world, userId, pair.sessionId)
      const rejected = refresh(world, { presented: pair.refreshToken, client, by: bySystem })
      await assert.rejects(rejected, AppError)
    })
  }

  for (const [what, action] of Object.entries({
    ...overtaking,
    'disabling in the database': disabledByHand,
  })) {
    test(`a repeated refresh issues nothing if ${what} happens between its two reads`, async () => {
      const { world } = await startServer(engine)
      const { userId, pair } = await signedIn(world)
      await refresh(world, { presented: pair.refreshToken, client, by: bySystem })
      const overtake = () => action(world, userId, pair.sessionId)
      const late = await overtakenAfterStatement(world, overtake, 2)
      const repeated = refresh(late, { presented: pair.refreshToken, client, by: bySystem })
      await assert.rejects(repeated, AppError)
    })
  }

  test('a refresh without a concurrent change issues a valid pair', async () => {
    const { url, world } = await startServer(engine)
    const { pair } = await signedIn(world)
    let hasRun = false
    const late = await overtakenAfterStatement(world, async () => {
      hasRun = true
    })
    const next = await refresh(late, { presented: pair.refreshToken, client, by: bySystem })
    assert.deepEqual([hasRun, next.sessionId], [true, pair.sessionId])
    assert.equal(await isAccepted(clientAt(url), next.accessToken), true)
  })
})

onBothEngines('a sign-in concurrent with a change', (engine) => {
  const overtaking = {
    'a password change': passwordChanged,
    'a password change in the database': passwordReplaced,
    disabling: disabled,
    'disabling in the database': disabledByHand,
    deletion: deleted,
  }
  for (const [what, action] of Object.entries(overtaking)) {
    test(`a sign-in with a proven password is rejected after ${what}`, async () => {
      const { world } = await startServer(engine)
      const { userId, pair } = await signedIn(world)
      const late = overtakenBeforeTransaction(world, () => action(world, userId, pair.sessionId))
      const rejected = (error: unknown) => error instanceof AppError && error.code === 'wrong_credentials'
      await assert.rejects(signInDirectly(late, attempt), rejected)
    })
  }

  test('a sign-in concurrent with an enrolment requires the second factor', async () => {
    const { world } = await startServer(engine)
    const { userId } = await signedIn(world)
    const late = overtakenBeforeTransaction(world, () => secondFactorAdded(world, userId, ''))
    assert.equal((await signIn(late, attempt)).kind, 'mfa_required')
  })

  test('a sign-in concurrent with logout_all starts over and succeeds', async () => {
    const { url, world } = await startServer(engine)
    const { userId, pair } = await signedIn(world)
    const late = overtakenBeforeTransaction(world, () => loggedOut(world, userId, pair.sessionId))
    const fresh = await signInDirectly(late, attempt)
    const judged = [fresh.pair, pair].map(({ accessToken }) => isAccepted(clientAt(url), accessToken))
    assert.deepEqual(await Promise.all(judged), [true, false])
  })
})

onBothEngines('a password change concurrent with another change', (engine) => {
  const overtaking = { logout: loggedOutHere, logout_all: loggedOut, disabling: disabled }
  for (const [what, action] of Object.entries(overtaking)) {
    test(`a password change is rejected and changes nothing after ${what}`, async () => {
      const { world } = await startServer(engine)
      const { userId, pair } = await signedIn(world)
      const before = await world.db.query(sql`select password_hash from users`)
      const late = overtakenBeforeTransaction(world, () => action(world, userId, pair.sessionId))
      const rejected = passwordChanged(late, userId, pair.sessionId)
      await assert.rejects(rejected, (error) => error instanceof AppError && error.code === 'not_signed_in')
      assert.deepEqual(await world.db.query(sql`select password_hash from users`), before)
    })
  }
})
