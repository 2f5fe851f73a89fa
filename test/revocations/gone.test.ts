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
  readonly summary: number
  readonly ask: (headers: Headers) => Promise<Reply>
  /** Its one success says that it holds, so nobody can wish for it earlier. */
  readonly waitsAlways?: true
}

const another = 'window 42 tarot plum'
const users = '/api/v1/users'
const me = '/api/v1/me'

onBothEngines('while a node has not heard of it, whoever finds nothing left to revoke waits', (engine) => {
  test('after a deletion by an administrator', async () => {
    const server = await startServer(engine)
    const { client, admin, session, verifier } = await cast(server)
    const { id, roles } = session.user
    const its = `${users}/${id}`
    const asAdmin = (summary: number, method: string, path: string, json?: unknown): Repeat => ({
      summary,
      ask: (headers) => client.send(method, path, { json, headers, bearer: admin }),
    })
    const { refresh_token } = session
    await areHeld(server, session, () => client.delete(its, { bearer: admin }), [
      asAdmin(404, 'DELETE', its),
      asAdmin(404, 'POST', `${its}/disable`, {}),
      asAdmin(404, 'POST', `${its}/logout_all`, {}),
      asAdmin(404, 'DELETE', `${its}/sessions`),
      asAdmin(404, 'DELETE', `${its}/sessions/${session.session_id}`),
      asAdmin(404, 'PATCH', its, { email: 'other@example.org' }),
      asAdmin(404, 'PUT', `${its}/roles/guest`),
      asAdmin(404, 'DELETE', `${its}/roles/${roles[0]}`),
      { summary: 401, ask: (headers) => client.post('/api/v1/auth/logout', { refresh_token }, { headers }) },
      { summary: 401, ask: (headers) => deletionOf(client, session, headers) },
      { summary: 200, ask: () => revocationOf(client, refresh_token, verifier), waitsAlways: true },
    ])
  })

  test('after they deleted themselves', async () => {
    const server = await startServer(engine)
    const { client, session, verifier } = await cast(server)
    const { refresh_token, access_token: bearer } = session
    await areHeld(server, session, () => deletionOf(client, session), [
      { summary: 401, ask: (headers) => deletionOf(client, session, headers) },
      { summary: 401, ask: (headers) => client.patch(me, { username: 'other' }, { bearer, headers }) },
      { summary: 401, ask: (headers) => client.post('/api/v1/auth/logout_all', {}, { bearer, headers }) },
      { summary: 401, ask: (headers) => client.post('/api/v1/auth/logout', { refresh_token }, { headers }) },
      { summary: 200, ask: () => revocationOf(client, refresh_token, verifier), waitsAlways: true },
    ])
  })
})

onBothEngines('while a node has not heard of it, a repeat waits, too,', (engine) => {
  test('after a new password', async () => {
    const server = await startServer(engine)
    const { client, session } = await cast(server)
    const { refresh_token, access_token: bearer } = session
    const asked = { current: goodPassword, new: another }
    const change = (headers: Headers = {}) => client.put(`${me}/password`, asked, { bearer, headers })
    await areHeld(server, session, () => change(), [
      { summary: 401, ask: change },
      { summary: 401, ask: (headers) => client.post('/api/v1/auth/logout', { refresh_token }, { headers }) },
      { summary: 401, ask: (headers) => client.delete(`${me}/sessions`, { bearer, headers }) },
    ])
  })

  test('at the command line', async () => {
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

onBothEngines('while a node has not heard of it, a form that is sent again waits', (engine) => {
  test('on the pages of an account', async () => {
    const server = await startServer(engine)
    const { client, session } = await cast(server)
    const browser = browserAt(server.url)
    const page = { login: session.user.email, password: goodPassword }
    await sendForm(browser, '/sign-in', page)
    const cookie = browser.jar.headerFor('/account') ?? ''
    const password = { current: goodPassword, new: another, repeat_password: another }
    const send = (path: string, fields: Headers, headers: Headers = {}) =>
      sendForm(client, path, fields, { cookie, ...headers })
    await areHeld(server, session, () => send('/account/password', password), [
      { summary: 403, ask: (headers) => send('/account/password', password, headers) },
    ])
    const live = await signedIn(client, { email: session.user.email, password: another })
    await areHeld(server, live, () => send('/account/delete', { password: another }), [
      { summary: 303, ask: (headers) => send('/account/delete', { password: another }, headers) },
    ])
  })

  test('for a sign-out by a page session whose access cookie is over', async () => {
    const server = await startServer(engine)
    const { client, session } = await cast(server)
    const browser = browserAt(server.url)
    await sendForm(browser, '/sign-in', { login: session.user.email, password: goodPassword })
    const access_token = browser.jar.valueOf('access_token')
    const cookie = `session=${browser.jar.valueOf('session')}`
    const signOut = (headers: Headers = {}) => sendForm(client, '/sign-out', {}, { cookie, ...headers })
    await areHeld(server, { access_token }, () => signOut(), [{ summary: 303, ask: signOut }])
  })
})

test('a node that is frozen accepts nothing when a deletion was repeated', { skip }, async () => {
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
  // What is left of a lease of which up to a quarter was over.
  assert.ok(waitedMs > 600, `waited ${waitedMs} ms`)
})

/**
 * Has somebody frozen, and `first` kill the session. None of the repeats is answered then, but for those that
 * would rather not wait; all are when the frozen one has gone.
 */
async function areHeld(
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
    for (const { ask, summary, waitsAlways } of repeats) {
      if (!waitsAlways) assert.equal((await ask({ prefer: 'respond-async' })).status, summary)
    }
    for (let other = 0; other < 5; other++) await isLetIn(server, session)
    assert.deepEqual(answered, [])
  } finally {
    await thaw(server)
  }
  const expected = repeats.map(({ summary }) => summary)
  assert.deepEqual(await Promise.all(answers), expected)
  assert.ok((await given).status < 400)
}
