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
import { signUp } from '#src/sign-in/sign-up.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { refresh } from '#src/tokens/refresh.ts'
import type { World } from '#src/world/world.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { isAccepted } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { signInDirectly } from '#test/support/sign-in-directly.ts'

const client = { address: '127.0.0.1', userAgent: 'test' }
const password = 'a battery of correct horses'
const login = 'ada@example.org'

/** The same world, sure of its lease, but something else happens wholly between two of its statements. */
async function overtakenBeforeStatement(
  world: World,
  statement: number,
  act: () => Promise<unknown>,
): Promise<World> {
  let asked = Number.NEGATIVE_INFINITY
  const query: Query = async (sent) => {
    asked++
    if (asked === statement) await act()
    return world.db.query(sent)
  }
  const late = { ...world, db: { ...world.db, query } }
  await revocationNode(late).ensureLease()
  asked = 0
  return late
}

/** The same world, but something else happens wholly before its first transaction. */
function overtakenBeforeTransaction(world: World, act: () => Promise<unknown>): World {
  let isFirst = true
  const transaction: World['db']['transaction'] = async (work) => {
    if (isFirst) {
      isFirst = false
      await act()
    }
    return world.db.transaction(work)
  }
  return { ...world, db: { ...world.db, transaction } }
}

const asks = { login, password, client, forPages: false, knownBrowser: undefined, by: bySystem }

async function signedIn(world: World) {
  const whoever = { username: undefined, fullName: undefined, address: client.address, by: bySystem }
  const user = await signUp(world, { email: login, password, ...whoever })
  const { pair } = await signInDirectly(world, asks)
  return { userId: user.id, pair }
}

type Act = (world: World, userId: string, sessionId: string) => Promise<unknown>

const passwordChanged: Act = (world, userId, sessionId) => {
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
const loggedOut: Act = (world, userId) =>
  logOutEverywhere(world, { userId, reason: 'logout_all', by: bySystem })
const loggedOutHere: Act = (world, _userId, sessionId) =>
  end(world, { sessionId, reason: 'logout', by: bySystem })
const disabled: Act = (world, userId) => disable(world, { userId, by: bySystem })
/** The signature stays, so that the state alone must be heeded. */
const disabledByHand: Act = ({ db }, userId) =>
  db.query(sql`update users set state = 'disabled', disabled_at = 1 where id = ${userId}`)
/** The signature stays, so that the password alone must be heeded: nobody knows the one of this hash. */
const passwordReplaced: Act = ({ db }, userId) =>
  db.query(sql`update users set password_hash = ${unknownHash} where id = ${userId}`)
const unknownHash =
  '$argon2id$v=19$m=19456,t=2,p=1$c2lnaWwtZGVjb3ktc2FsdA$pVEaWqv5cFkjAjW7nM2WlO2BYRuC0a8Fd1wXkCq5j2s'
const deleted: Act = (world, userId) => removeWithTokens(world, { userId, by: bySystem })

onBothEngines('a refresh that rotated, but has not read who is asking', (engine) => {
  const overtaking = {
    'a change of password': passwordChanged,
    'a logout everywhere': loggedOut,
    'a disabling': disabled,
    'a disabling by hand, in the database': disabledByHand,
    'a deletion': deleted,
  }
  for (const [what, act] of Object.entries(overtaking)) {
    test(`hands out nothing after ${what}`, async () => {
      const { world } = await startServer(engine)
      const { userId, pair } = await signedIn(world)
      const late = await overtakenBeforeStatement(world, 2, () => act(world, userId, pair.sessionId))
      const refused = refresh(late, { presented: pair.refreshToken, client, by: bySystem })
      await assert.rejects(refused, (no) => no instanceof AppError && no.code === 'refresh_token_revoked')
    })
  }

  test('hands out its pair when nothing came between', async () => {
    const { world } = await startServer(engine)
    const { pair } = await signedIn(world)
    let came = false
    const late = await overtakenBeforeStatement(world, 2, async () => {
      came = true
    })
    const next = await refresh(late, { presented: pair.refreshToken, client, by: bySystem })
    assert.deepEqual([came, next.sessionId], [true, pair.sessionId])
  })
})

onBothEngines('a sign-in whose password was proven, but whose session is not open', (engine) => {
  const overtaking = {
    'a change of password': passwordChanged,
    'another password, by hand in the database': passwordReplaced,
    'a disabling': disabled,
    'a disabling by hand, in the database': disabledByHand,
    'a deletion': deleted,
  }
  for (const [what, act] of Object.entries(overtaking)) {
    test(`is refused after ${what}`, async () => {
      const { world } = await startServer(engine)
      const { userId, pair } = await signedIn(world)
      const late = overtakenBeforeTransaction(world, () => act(world, userId, pair.sessionId))
      const refused = (no: unknown) => no instanceof AppError && no.code === 'wrong_credentials'
      await assert.rejects(signInDirectly(late, asks), refused)
    })
  }

  test('begins again after a logout everywhere, and its tokens are good', async () => {
    const { url, world } = await startServer(engine)
    const { userId, pair } = await signedIn(world)
    const late = overtakenBeforeTransaction(world, () => loggedOut(world, userId, pair.sessionId))
    const fresh = await signInDirectly(late, asks)
    const judged = [fresh.pair, pair].map(({ accessToken }) => isAccepted(clientAt(url), accessToken))
    assert.deepEqual(await Promise.all(judged), [true, false])
  })
})

onBothEngines('a change of password whose session ends before it is made', (engine) => {
  const overtaking = { 'a logout': loggedOutHere, 'a logout everywhere': loggedOut, 'a disabling': disabled }
  for (const [what, act] of Object.entries(overtaking)) {
    test(`is refused after ${what}, and changes nothing`, async () => {
      const { world } = await startServer(engine)
      const { userId, pair } = await signedIn(world)
      const before = await world.db.query(sql`select password_hash from users`)
      const late = overtakenBeforeTransaction(world, () => act(world, userId, pair.sessionId))
      const refused = passwordChanged(late, userId, pair.sessionId)
      await assert.rejects(refused, (no) => no instanceof AppError && no.code === 'not_signed_in')
      assert.deepEqual(await world.db.query(sql`select password_hash from users`), before)
    })
  }
})
