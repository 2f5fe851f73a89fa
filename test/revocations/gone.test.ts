import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import { sql } from '#src/store/sql.ts'
import { browserAt, type Client, clientAt, type Reply } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'
import { arrived, goodPassword, personWithRoles, signedIn } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import type { WireSession } from '#test/support/wire-body.ts'

const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run this through npm test'

type Headers = Record<string, string>
type Repeat = {
  readonly says: number
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
    const asAdmin = (says: number, method: string, path: string, json?: unknown): Repeat => ({
      says,
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
      { says: 401, ask: (headers) => client.post('/api/v1/auth/logout', { refresh_token }, { headers }) },
      { says: 401, ask: (headers) => deletionOf(client, session, headers) },
      { says: 200, ask: () => revocation(client, refresh_token, verifier), waitsAlways: true },
    ])
  })

  test('after they deleted themselves', async () => {
    const server = await startServer(engine)
    const { client, session, verifier } = await cast(server)
    const { refresh_token, access_token: bearer } = session
    await areHeld(server, session, () => deletionOf(client, session), [
      { says: 401, ask: (headers) => deletionOf(client, session, headers) },
      { says: 401, ask: (headers) => client.patch(me, { username: 'other' }, { bearer, headers }) },
      { says: 401, ask: (headers) => client.post('/api/v1/auth/logout_all', {}, { bearer, headers }) },
      { says: 401, ask: (headers) => client.post('/api/v1/auth/logout', { refresh_token }, { headers }) },
      { says: 200, ask: () => revocation(client, refresh_token, verifier), waitsAlways: true },
    ])
  })

  test('after a new password', async () => {
    const server = await startServer(engine)
    const { client, session } = await cast(server)
    const { refresh_token, access_token: bearer } = session
    const asked = { current: goodPassword, new: another }
    const change = (headers: Headers = {}) => client.put(`${me}/password`, asked, { bearer, headers })
    await areHeld(server, session, () => change(), [
      { says: 401, ask: change },
      { says: 401, ask: (headers) => client.post('/api/v1/auth/logout', { refresh_token }, { headers }) },
      { says: 401, ask: (headers) => client.delete(`${me}/sessions`, { bearer, headers }) },
    ])
  })

  test('on the pages, too', async () => {
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
      { says: 403, ask: (headers) => send('/account/password', password, headers) },
    ])
    const live = await signedIn(client, { email: session.user.email, password: another })
    await areHeld(server, live, () => send('/account/delete', { password: another }), [
      { says: 303, ask: (headers) => send('/account/delete', { password: another }, headers) },
    ])
  })
})

onBothEngines('while a node has not heard of it, is answered at once', (engine) => {
  test('who shows nothing authentic, or may not revoke', async () => {
    const server = await startServer(engine)
    const { client, admin, session, verifier } = await cast(server)
    const { session: stranger } = await arrived(client)
    const its = `${users}/${session.user.id}`
    await freeze(server)
    const deleting = client.delete(its, { bearer: admin })
    while (await isLetIn(server, session));
    const begun = performance.now()
    const forged = { ...session, access_token: `${session.access_token.slice(0, -8)}AAAAAAAA` }
    const refresh_token = `${session.refresh_token.slice(0, -8)}AAAAAAAA`
    const replies = [
      await deletionOf(client, forged),
      await client.post('/api/v1/auth/logout', { refresh_token }),
      await client.post('/api/v1/auth/logout_all', {}, { bearer: forged.access_token }),
      await client.delete(its),
      await client.delete(its, { bearer: stranger.access_token }),
      await client.get(me, { bearer: session.access_token }),
      await revocation(client, refresh_token, verifier),
    ]
    assert.ok(performance.now() - begun < frozenMs / 2, `${performance.now() - begun} ms`)
    assert.deepEqual(
      replies.map(({ status }) => status),
      [401, 401, 401, 401, 403, 401, 200],
    )
    await thaw(server)
    assert.equal((await deleting).status, 204)
  })

  test('who repeats a deletion that every node has heard of', async () => {
    const server = await startServer(engine)
    const { client, admin, session } = await cast(server)
    const its = `${users}/${session.user.id}`
    assert.equal((await client.delete(its, { bearer: admin })).status, 204)
    const [row] = await server.world.db.query(sql`select head from revocation_head`)
    await freeze(server, Number(row?.head))
    const begun = performance.now()
    assert.equal((await client.delete(its, { bearer: admin })).status, 404)
    assert.ok(performance.now() - begun < frozenMs / 2)
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

async function cast({ url, world }: TestServer) {
  const client = clientAt(url)
  const { access_token: admin } = await signedIn(client, await personWithRoles(world, ['admin']))
  const verifier = (await addVerifier(world, { name: 'verifier', by: byCli }))?.key ?? ''
  return { client, admin, verifier, session: (await arrived(client)).session }
}

const frozenMs = 60_000

/** Somebody who may go on accepting for a minute, and hears of nothing after this place of the log. */
async function freeze({ world }: TestServer, acked = 0): Promise<void> {
  await world.db.query(sql`insert into holders (id, name, acked, beat, lease_ms, registered_at)
    values ('frozen', 'frozen', ${acked}, 0, ${frozenMs}, ${world.clock.now()})`)
}

async function thaw({ world }: TestServer): Promise<void> {
  await world.db.query(sql`delete from holders where id = 'frozen'`)
}

/**
 * Has somebody frozen, and `first` kill the session. None of the repeats is answered then, but for those that
 * would rather not wait; all are when the frozen one has gone.
 */
async function areHeld(
  server: TestServer,
  session: WireSession,
  first: () => Promise<Reply>,
  repeats: readonly Repeat[],
): Promise<void> {
  await freeze(server)
  const given = first()
  while (await isLetIn(server, session));
  const answered: number[] = []
  const answers = repeats.map(async ({ ask, says }, index) => {
    const { status } = await ask({})
    answered.push(index)
    assert.equal(status, says, `repeat ${index}`)
  })
  for (const { ask, says, waitsAlways } of repeats) {
    if (waitsAlways) continue
    assert.equal((await ask({ prefer: 'respond-async' })).status, says)
  }
  for (let other = 0; other < 5; other++) await isLetIn(server, session)
  assert.deepEqual(answered, [])
  await thaw(server)
  await Promise.all(answers)
  assert.ok((await given).status < 400)
}

async function isLetIn({ url }: { url: string }, { access_token: bearer }: WireSession): Promise<boolean> {
  const { status } = await clientAt(url).get('/api/v1/auth/verify', { bearer })
  return status === 204
}

function deletionOf(client: Client, { access_token }: WireSession, headers: Headers = {}): Promise<Reply> {
  return client.send('DELETE', me, { json: {}, bearer: access_token, headers })
}

function revocation(client: Client, token: string, bearer: string): Promise<Reply> {
  return sendForm(client, '/oauth/revoke', { token }, { authorization: `Bearer ${bearer}` })
}
