import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import { sql } from '#src/store/sql.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, logOutEverywhere } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

/** A verifier that polls when it is told to, with the result of `nextPoll` for the last head. */
async function pollingVerifier(
  { url, world }: TestServer,
  nextPoll: (head: number) => { after: number; ack: number; wait_ms: number },
): Promise<() => Promise<void>> {
  const added = await addVerifier(world, { name: 'stubborn', by: byCli })
  const client = clientAt(url)
  let holder: string | undefined
  let head = 0
  return async () => {
    const asked = { ...(holder === undefined ? {} : { holder }), ...nextPoll(head) }
    const reply = await client.post('/api/v1/revocations/poll', asked, { bearer: added?.key ?? '' })
    assert.equal(reply.status, 200)
    const polled = JSON.parse(reply.text) as { holder: string; head: number }
    holder = polled.holder
    head = polled.head
  }
}

/** Polls for the duration of the test. */
async function pollOn(poll: () => Promise<void>): Promise<void> {
  let isOver = false
  after(() => {
    isOver = true
  })
  await poll()
  const goOn = async () => {
    while (!isOver) await poll().catch(() => {})
  }
  void goOn()
}

onBothEngines('verifiers that keep polling', (engine) => {
  test('a verifier that polls without acknowledging delays a logout no longer than a dead one', async () => {
    // Time passes only between two polls, so that the verifier always has a lease, on any machine.
    const clock = testClock()
    const server = await serveTestWorld(engine, { clock, env: { SIGIL_REVOCATION_LEASE: '500ms' } })
    const poll = await pollingVerifier(server, () => ({ after: 0, ack: 0, wait_ms: 0 }))
    const client = clientAt(server.url)
    const { session } = await arrived(client)
    await poll()
    let isAnswered = false
    const loggedOut = logOutEverywhere(client, session.access_token).finally(() => {
      isAnswered = true
    })
    while (!isAnswered) {
      await revocationNode(server.world).renew()
      await poll()
      clock.forward(25)
    }
    const { body } = await loggedOut
    assert.equal(body.everywhere, true)
    assert.ok(body.waited_ms >= 500, `waited only ${body.waited_ms} ms`)
  })

  test('entries that were deleted before the node started need no acknowledgement by verifiers', async () => {
    const place = await engine.freshPlace()
    // Long, so that even on a busy machine only a wait for the end of the lease takes that long.
    const env = { SIGIL_REVOCATION_LEASE: '30s' }
    const first = await startServer(place, env)
    await first.world.db.query(sql`update revocation_head set head = 500 where id = 1`)
    await first.stop()
    const server = await startServer(place, env)
    // Other nodes wait until it has acknowledged that much.
    assert.equal(revocationNode(server.world).log.applied, 500)
    await pollOn(await pollingVerifier(server, (head) => ({ after: head, ack: head, wait_ms: 100 })))
    const client = clientAt(server.url)
    const { session } = await arrived(client)
    // There is nothing to end, so the call waits for everything revoked so far.
    const begun = performance.now()
    const { status } = await client.send('DELETE', '/api/v1/me/sessions', { bearer: session.access_token })
    assert.ok(status < 300, `${status}`)
    assert.ok(performance.now() - begun < 20_000, `took ${performance.now() - begun} ms`)
  })
})
