import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { removePasskey } from '#src/accounts/remove-passkey.ts'
import { bySystem } from '#src/audit/by.ts'
import { enrolPasskey } from '#src/credentials/passkeys/enrol.ts'
import { creationOptions, signInOptions } from '#src/credentials/passkeys/options.ts'
import { RegistrationResponse } from '#src/credentials/passkeys/schemas.ts'
import { AppError } from '#src/errors/errors.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { signInWithPasskey } from '#src/sign-in/passkey-sign-in.ts'
import { sql } from '#src/store/sql.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'
import { type Authenticator, newAuthenticator } from '#test/support/authenticator.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { enrolledPasskey } from '#test/support/passkeys.ts'
import { arrived } from '#test/support/people.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const client = { address: '127.0.0.1', userAgent: 'test' }

/** The same world, but something else happens entirely before its first transaction. */
function overtaken(world: World, act: () => Promise<unknown>): World {
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

/** The same world, but something else happens entirely once it has read a passkey. */
function overtakenAfterRead(world: World, act: () => Promise<unknown>): World {
  let isFirst = true
  const query: World['db']['query'] = async (sent) => {
    const rows = await world.db.query(sent)
    const text = 'strings' in sent ? sent.strings.join('') : ''
    const isRead = text.startsWith('select * from passkeys where credential_id')
    if (isRead && isFirst) {
      isFirst = false
      await act()
    }
    return rows
  }
  return { ...world, db: { ...world.db, query } }
}

async function signIn(world: World, late: World, authenticator: Authenticator, counter = 0) {
  const browser = 'a browser'
  const response = authenticator.get(await signInOptions(world, { boundTo: browser }), { counter })
  return signInWithPasskey(late, {
    response,
    browser,
    client,
    forPages: false,
    knownBrowser: undefined,
    by: bySystem,
  })
}

type Act = (world: World, about: { user: User; sessionId: string; id: string }) => Promise<unknown>

const removed: Act = (world, { user, sessionId, id }) =>
  removePasskey(world, { user, sessionId, id, by: bySystem })
const disabled: Act = (world, { user }) => disable(world, { userId: user.id, by: bySystem })
const loggedOut: Act = (world, { user }) =>
  logOutEverywhere(world, { userId: user.id, reason: 'logout_all', by: bySystem })

async function ownerAt({ url, world }: TestServer) {
  const { person, session } = await arrived(clientAt(url))
  const { authenticator, id } = await enrolledPasskey(clientAt(url), { url, bearer: session.access_token })
  const user = (await findUser(world.db.query, person.id)) ?? assert.fail()
  const accessToken = session.access_token
  return { world, user, sessionId: session.session_id, accessToken, authenticator, id }
}

onBothEngines('a passkey that was checked, before its session is open', (engine) => {
  const server = serverForSuite(engine)
  const owner = () => ownerAt(server())

  for (const [what, act] of Object.entries({ removed, disabled })) {
    test(`a passkey does not sign in if it or its user is ${what} in the meantime`, async () => {
      const about = await owner()
      const late = overtaken(about.world, () => act(about.world, about))
      assert.equal((await signIn(about.world, late, about.authenticator)).kind, 'rejected')
      const rows = await about.world.db.query(sql`select id from sessions
        where user_id = ${about.user.id} and method = 'passkey'`)
      assert.deepEqual(rows, [])
    })
  }

  test('a passkey is rejected if another sign-in has reached its counter in the meantime', async () => {
    const { world, authenticator } = await owner()
    const late = overtakenAfterRead(world, () => signIn(world, world, authenticator, 5))
    assert.equal((await signIn(world, late, authenticator, 5)).kind, 'rejected')
    assert.equal((await signIn(world, world, authenticator, 6)).kind, 'signed_in')
  })

  test('a passkey signs in during a logout everywhere, with the new signature', async () => {
    const about = await owner()
    const late = overtaken(about.world, () => loggedOut(about.world, about))
    assert.equal((await signIn(about.world, late, about.authenticator)).kind, 'signed_in')
  })

  test('of two passkeys removed at once one stays, if there is no other way to sign in', async () => {
    const { url } = server()
    for (let round = 0; round < 20; round++) {
      const about = await owner()
      const { world, user, sessionId, id } = about
      const bearer = about.accessToken
      const second = await enrolledPasskey(clientAt(url), { url, bearer })
      await world.db.query(sql`update users set password_hash = null where id = ${user.id}`)
      const all = [id, second.id]
      const outcomes = await Promise.allSettled(
        all.map((one) => removePasskey(world, { user, sessionId, id: one, by: bySystem })),
      )
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    }
  })

  test('a new passkey is not added after a logout everywhere', async () => {
    const { url } = server()
    const { world, user, sessionId, id } = await owner()
    const options = await creationOptions(world, { isUnasked: false, user, sessionId })
    const response = RegistrationResponse.parse(newAuthenticator(url).create(options))
    const late = overtaken(world, () => loggedOut(world, { user, sessionId, id }))
    const enrolment = { user, sessionId, response, name: undefined, defaultName: 'Passkey', by: bySystem }
    const isRejected = (error: unknown) => error instanceof AppError && error.code === 'not_signed_in'
    await assert.rejects(enrolPasskey(late, enrolment), isRejected)
    const rows = await world.db.query(sql`select id from passkeys where user_id = ${user.id}`)
    assert.equal(rows.length, 1)
  })
})
