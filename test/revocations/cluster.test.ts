import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { type Client, clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { arrived, logOut, logOutEverywhere, signedIn, signedUp } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import type { WireSession } from '#test/support/wire-body.ts'

const env = {
  SIGIL_PUBLIC_URL: 'http://localhost:8000',
  SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
}

async function cluster(engine: Engine, nodes: number) {
  const place = await engine.freshPlace()
  const servers: TestServer[] = []
  while (servers.length < nodes) servers.push(await startServer(place, env))
  const [first, last] = [servers.at(0), servers.at(-1)]
  assert.ok(first && last)
  return { servers, first, last }
}

/** Calls one server at a time: in parallel during a logout, some would answer before it. */
async function isAccepted({ url }: TestServer, { access_token: bearer }: WireSession): Promise<boolean> {
  const { status } = await clientAt(url).get('/api/v1/auth/verify', { bearer })
  assert.ok(status === 204 || status === 401, `verify returned ${status}`)
  return status === 204
}

onBothEngines('a cluster', (engine) => {
  const nodes = engine.dialect === 'sqlite' ? 1 : 3

  test('after one node has answered a logout, every node rejects its tokens', async () => {
    const { servers, first, last } = await cluster(engine, nodes)
    const person = await signedUp(clientAt(first.url))
    for (let round = 0; round < 20; round++) {
      const ended = await signedIn(clientAt(last.url), person)
      for (const server of servers) assert.equal(await isAccepted(server, ended), true)
      assert.equal((await logOut(clientAt(first.url), ended.access_token)).status, 204)
      for (const server of servers) assert.equal(await isAccepted(server, ended), false)
    }
  })

  const endings = {
    logout: (client: Client, ended: WireSession) => logOut(client, ended.access_token),
    'ending of all other sessions': (client: Client, _ended: WireSession, kept: WireSession) =>
      client.delete('/api/v1/me/sessions', { bearer: kept.access_token }),
  }
  for (const [what, ending] of Object.entries(endings)) {
    test(`a repeated ${what} waits for the same propagation as the first`, async () => {
      const { first: server } = await cluster(engine, 1)
      const { world } = server
      const { person, session: ended } = await arrived(clientAt(server.url))
      const kept = await signedIn(clientAt(server.url), person)
      // A node that may accept tokens for a minute and has acknowledged nothing.
      await world.db.query(sql`insert into leaseholders (id, name, acked, beat, lease_ms, registered_at)
        values ('silent', 'silent', 0, 0, 60000, ${world.clock.now()})`)
      const client = clientAt(server.url)
      const first = ending(client, ended, kept)
      while (await isAccepted(server, ended));
      let isAnswered = false
      const again = ending(client, ended, kept).finally(() => {
        isAnswered = true
      })
      for (let other = 0; other < 5; other++) await signedIn(clientAt(server.url), person)
      assert.equal(isAnswered, false)
      await world.db.query(sql`update leaseholders set acked = 1000 where id = 'silent'`)
      const [{ status }, repeated] = await Promise.all([first, again])
      assert.deepEqual([Math.floor(status / 100), repeated.status], [2, status])
    })
  }
})

onBothEngines('a cluster of nodes', (engine) => {
  const nodes = engine.dialect === 'sqlite' ? 1 : 3

  test('after logging out everywhere has been answered, every node rejects every token', async () => {
    const { servers, first } = await cluster(engine, nodes)
    const client = clientAt(first.url)
    const person = await signedUp(client)
    for (let round = 0; round < 5; round++) {
      const devices = [await signedIn(client, person), await signedIn(client, person)] as const
      const { body } = await logOutEverywhere(client, devices[0].access_token)
      assert.deepEqual([body.everywhere, body.sessions_ended], [true, 2])
      for (const server of servers) {
        for (const device of devices) assert.equal(await isAccepted(server, device), false)
      }
    }
  })

  test('a logout does not wait for a node that has shut down', async () => {
    const { servers, first } = await cluster(engine, nodes)
    for (const other of servers.slice(1)) await other.stop()
    const client = clientAt(first.url)
    const { session } = await arrived(client)
    const { waited_ms } = (await logOutEverywhere(client, session.access_token)).body
    assert.ok(waited_ms < 1000, `waited ${waited_ms} ms`)
  })
})
