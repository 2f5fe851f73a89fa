import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const password = 'a long enough phrase'
const env = {
  SIGIL_PUBLIC_URL: 'http://localhost:8000',
  SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
}

type Tokens = { access_token: string; refresh_token: string; session_id: string }

async function post(url: string, path: string, body: object, token?: string): Promise<Response> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return fetch(`${url}/api/v1/auth${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(body),
  })
}

async function signIn(url: string, login: string): Promise<Tokens> {
  const response = await post(url, '/signin', { login, password })
  assert.equal(response.status, 200)
  return (await response.json()) as Tokens
}

async function isAccepted({ url }: TestServer, { access_token }: Tokens): Promise<boolean> {
  const { status } = await fetch(`${url}/api/v1/auth/verify`, {
    headers: { authorization: `Bearer ${access_token}` },
  })
  assert.ok(status === 204 || status === 401, `verify answered ${status}`)
  return status === 204
}

async function cluster(engine: Engine, nodes: number): Promise<TestServer[]> {
  const place = await engine.freshPlace()
  const servers: TestServer[] = []
  while (servers.length < nodes) servers.push(await startServer(place, env))
  return servers
}

onBothEngines('a cluster', (engine) => {
  const nodes = engine.dialect === 'sqlite' ? 1 : 3

  test('a logout that was answered by one node holds on every node', async () => {
    const servers = await cluster(engine, nodes)
    const [first, last] = [servers.at(0), servers.at(-1)]
    assert.ok(first && last)
    assert.equal((await post(first.url, '/signup', { email: 'a@example.org', password })).status, 201)
    for (let round = 0; round < 20; round++) {
      const dying = await signIn(last.url, 'a@example.org')
      for (const server of servers) assert.equal(await isAccepted(server, dying), true)
      assert.equal((await post(first.url, '/logout', {}, dying.access_token)).status, 204)
      for (const server of servers) assert.equal(await isAccepted(server, dying), false)
    }
  })

  test('a logout that is repeated is as true as the first', async () => {
    const [server] = await cluster(engine, 1)
    assert.ok(server)
    const { url, world } = server
    await post(url, '/signup', { email: 'a@example.org', password })
    const dying = await signIn(url, 'a@example.org')
    // Somebody who may go on accepting for a minute, and has heard of nothing yet.
    await world.db.query(sql`insert into holders (id, name, acked, beat, lease_ms, registered_at)
      values ('somebody', 'somebody', 0, 0, 60000, ${world.clock.now()})`)
    const first = post(url, '/logout', {}, dying.access_token)
    while (await isAccepted(server, dying));
    let isAnswered = false
    const again = post(url, '/logout', {}, dying.access_token).finally(() => {
      isAnswered = true
    })
    for (let other = 0; other < 5; other++) await signIn(url, 'a@example.org')
    assert.equal(isAnswered, false)
    await world.db.query(sql`update holders set acked = 1000 where id = 'somebody'`)
    assert.deepEqual([(await first).status, (await again).status], [204, 204])
  })
})

onBothEngines('a cluster, further,', (engine) => {
  const nodes = engine.dialect === 'sqlite' ? 1 : 3

  test('logging out everywhere says that it holds everywhere, and it does', async () => {
    const servers = await cluster(engine, nodes)
    const [first] = servers
    assert.ok(first)
    await post(first.url, '/signup', { email: 'a@example.org', password })
    for (let round = 0; round < 5; round++) {
      const devices: Tokens[] = [
        await signIn(first.url, 'a@example.org'),
        await signIn(first.url, 'a@example.org'),
      ]
      const answer = await post(first.url, '/logout_all', {}, devices[0]?.access_token)
      const said = (await answer.json()) as { everywhere: boolean; sessions_ended: number; waited_ms: number }
      assert.equal(said.everywhere, true)
      assert.equal(said.sessions_ended, 2)
      for (const server of servers) {
        for (const device of devices) assert.equal(await isAccepted(server, device), false)
      }
    }
  })

  test('a node that has left is not waited for', async () => {
    const servers = await cluster(engine, nodes)
    const [first, ...others] = servers
    assert.ok(first)
    await post(first.url, '/signup', { email: 'a@example.org', password })
    for (const other of others) await other.stop()
    const dying = await signIn(first.url, 'a@example.org')
    const answer = await post(first.url, '/logout_all', {}, dying.access_token)
    const { waited_ms } = (await answer.json()) as { waited_ms: number }
    assert.ok(waited_ms < 1000, `waited ${waited_ms} ms`)
  })
})
