import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { exits } from '#src/cli/command.ts'
import { roleCommands } from '#src/cli/commands/roles.ts'
import { userCommands } from '#src/cli/commands/users.ts'
import { browserAt, type Reply } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'
import { cast, deletionOf, freeze, isLetIn, revocationOf, thaw } from '#test/support/frozen-node.ts'
import { goodPassword, signedIn } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import type { WireSession } from '#test/support/wire-body.ts'

const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run this through npm test'

type Headers = Record<string, string>
type Repeat = {
  readonly status: number
  readonly ask: (headers: Headers) => Promise<Reply>
  /** Its response cannot be returned before propagation. */
  readonly alwaysWaits?: true
}

const another = 'window 42 tarot plum'
const users = '/api/v1/users'
const me = '/api/v1/me'

onBothEngines('calls that find nothing left to revoke', (engine) => {
  test('calls about a user whom an admin has just deleted wait for the propagation', async () => {
    const server = await startServer(engine)
    const { client, admin, session, verifier } = await cast(server)
    const { id, roles } = session.user
    const its = `${users}/${id}`
    const asAdmin = (status: number, method: string, path: string, json?: unknown): Repeat => ({
      status,
      ask: (headers) => client.send(method, path, { json, headers, bearer: admin }),
    })
    const { refresh_token } = session
    await assertWait(server, session, () => client.delete(its, { bearer: admin }), [
      asAdmin(404, 'DELETE', its),
      asAdmin(404, 'POST', `${its}/disable`, {}),
      asAdmin(404, 'POST', `${its}/logout_all`, {}),
      asAdmin(404, 'DELETE', `${its}/sessions`),
      asAdmin(404, 'DELETE', `${its}/sessions/${session.session_id}`),
      asAdmin(404, 'PATCH', its, { email: 'other@example.org' }),
      asAdmin(404, 'PUT', `${its}/roles/guest`),
      asAdmin(404, 'DELETE', `${its}/roles/${roles[0]}`),
      { status: 401, ask: (headers) => client.post('/api/v1/auth/logout', { refresh_token }, { headers }) },
      { status: 401, ask: (headers) => deletionOf(client, session, headers) },
      { status: 200, ask: () => revocationOf(client, refresh_token, verifier), alwaysWaits: true },
    ])
  })

  test('calls by a user that has just deleted the account wait for the propagation', async () => {
    const server = await startServer(engine)
    const { client, session, verifier } = await cast(server)
    const { refresh_token, access_token: bearer } = session
    await assertWait(server, session, () => deletionOf(client, session), [
      { status: 401, ask: (headers) => deletionOf(client, session, headers) },
      { status: 401, ask: (headers) => client.patch(me, { username: 'other' }, { bearer, headers }) },
      { status: 401, ask: (headers) => client.post('/api/v1/auth/logout_all', {}, { bearer, headers }) },
      { status: 401, ask: (headers) => client.post('/api/v1/auth/logout', { refresh_token }, { headers }) },
      { status: 200, ask: () => revocationOf(client, refresh_token, verifier), alwaysWaits: true },
    ])
  })
})

onBothEngines('repeated calls', (engine) => {
  test('repeating a password change waits for the propagation of the first', async () => {
    const server = await startServer(engine)
    const { client, session } = await cast(server)
    const { refresh_token, access_token: bearer } = session
    const asked = { current: goodPassword, new: another }
    const change = (headers: Headers = {}) => client.put(`${me}/password`, asked, { bearer, headers })
    await assertWait(server, session, () => change(), [
      { status: 401, ask: change },
      { status: 401, ask: (headers) => client.post('/api/v1/auth/logout', { refresh_token }, { headers }) },
      { status: 401, ask: (headers) => client.delete(`${me}/sessions`, { bearer, headers }) },
    ])
  })

  test('commands about a user that was just deleted wait for the propagation', async () => {
    const server = await startServer(engine)
    const { client, admin, session } = await cast(server)
    const { id } = session.user
    await freeze(server)
    const given = client.delete(`${users}/${id}`, { bearer: admin })
    while (await isLetIn(server, session));
    let answered = 0
    const answers = [...userCommands, ...roleCommands]
      .filter(({ name }) => ['user disable', 'user logout-all', 'role revoke'].includes(name))
      .map(async (command) => {
        assert.ok(command.needs === 'world')
        const { exit } = await command.run(server.world, { user: id, role: 'guest' })
        answered++
        return exit
      })
    for (let other = 0; other < 5; other++) await isLetIn(server, session)
    assert.equal(answered, 0)
    await thaw(server)
    assert.deepEqual(await Promise.all(answers), [exits.notFound, exits.notFound, exits.notFound])
    assert.equal((await given).status, 204)
  })
})

onBothEngines('repeated forms', (engine) => {
  test('sending a form of the account pages again waits for the propagation', async () => {
    const server = await startServer(engine)
    const { client, session } = await cast(server)
    const login = session.user.email
    const sender = async (password: string) => {
      const browser = browserAt(server.url)
      await sendForm(browser, '/sign-in', { login, password })
      const cookie = browser.jar.headerFor('/account') ?? ''
      return (path: string, fields: Headers, headers: Headers = {}) =>
        sendForm(client, path, fields, { cookie, ...headers })
    }
    const password = { current: goodPassword, new: another, repeat_password: another }
    const send = await sender(goodPassword)
    await assertWait(server, session, () => send('/account/password', password), [
      // The cookie has been replaced, so the repeated form redirects to the sign-in page.
      { status: 303, ask: (headers) => send('/account/password', password, headers) },
    ])
    const live = await signedIn(client, { email: login, password: another })
    const sendAgain = await sender(another)
    await assertWait(server, live, () => sendAgain('/account/delete', { password: another }), [
      { status: 303, ask: (headers) => sendAgain('/account/delete', { password: another }, headers) },
    ])
  })

  test('repeating a sign-out without an access cookie waits for the propagation', async () => {
    const server = await startServer(engine)
    const { client, session } = await cast(server)
    const browser = browserAt(server.url)
    await sendForm(browser, '/sign-in', { login: session.user.email, password: goodPassword })
    const access_token = browser.jar.valueOf('access_token')
    const cookie = `session=${browser.jar.valueOf('session')}`
    const signOut = (headers: Headers = {}) => sendForm(client, '/sign-out', {}, { cookie, ...headers })
    await assertWait(server, { access_token }, () => signOut(), [{ status: 303, ask: signOut }])
  })
})

test('a frozen node accepts no token of a deleted user after a repeated deletion', { skip }, async () => {
  const place = await freshDatabaseUrl('postgres')
  const env = {
    SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
    SIGIL_PUBLIC_URL: 'http://localhost:8000',
    SIGIL_REVOCATION_LEASE: '1s',
  }
  const server = await startServer(place, env)
  const other = await spawnServer(place, env)
  const { client, admin, session } = await cast(server)
  assert.equal(await isLetIn(other, session), true)
  process.kill(other.pid, 'SIGSTOP')
  const asked = { bearer: admin, headers: { prefer: 'respond-async' } }
  const its = `${users}/${session.user.id}`
  assert.equal((await client.delete(its, asked)).status, 202)
  const begun = performance.now()
  assert.equal((await client.delete(its, { bearer: admin })).status, 404)
  const waitedMs = performance.now() - begun
  process.kill(other.pid, 'SIGCONT')
  assert.equal(await isLetIn(other, session), false)
  // At least three quarters of a lease, minus some slack.
  assert.ok(waitedMs > 600, `waited ${waitedMs} ms`)
})

/**
 * Adds a frozen node and ends the session by `first`. No repeat is answered while the node is frozen, except
 * with `Prefer: respond-async`; all are answered once its row is deleted.
 */
async function assertWait(
  server: TestServer,
  session: Pick<WireSession, 'access_token'>,
  first: () => Promise<Reply>,
  repeats: readonly Repeat[],
): Promise<void> {
  await freeze(server)
  const given = first()
  while (await isLetIn(server, session));
  const answered: number[] = []
  const answers = repeats.map(async ({ ask }, index) => {
    const { status } = await ask({})
    answered.push(index)
    return status
  })
  try {
    for (const { ask, status, alwaysWaits } of repeats) {
      if (!alwaysWaits) assert.equal((await ask({ prefer: 'respond-async' })).status, status)
    }
    for (let other = 0; other < 5; other++) await isLetIn(server, session)
    assert.deepEqual(answered, [])
  } finally {
    await thaw(server)
  }
  const expected = repeats.map(({ status }) => status)
  assert.deepEqual(await Promise.all(answers), expected)
  assert.ok((await given).status < 400)
}
