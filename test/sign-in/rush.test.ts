import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, refresh, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { realHashes } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

onBothEngines('one address that floods the hash queue', (engine) => {
  const env = { SIGIL_HASHERS: '1', SIGIL_TRUSTED_PROXIES: '127.0.0.1,::1' }
  const server = serverForSuite(engine, env, realHashes)

  test('only the flooding IP address gets busy, and another one is served in between', async () => {
    const hog = clientAt(server().url, { address: '203.0.113.1' })
    const other = clientAt(server().url, { address: '203.0.113.2' })
    const { person } = await arrived(other)
    const rush = guesses(hog, 100)
    const reply = await signIn(other, person)
    assert.equal(reply.status, 200, reply.text)
    assert.ok(rush.pending() > 0)
    const replies = await Promise.all(rush.replies)
    const later = replies.filter(({ status }) => status === 503)
    assert.ok(later.length > 0 && later.length < 68, `${later.length} were rejected`)
    for (const one of later) assertRefused(one, 'busy')
    for (const one of replies) if (one.status !== 503) assertRefused(one, 'wrong_credentials')
  })

  test('calls without a password are not delayed by a full hash queue', async () => {
    const hog = clientAt(server().url, { address: '203.0.113.1' })
    const other = clientAt(server().url, { address: '203.0.113.2' })
    const { session } = await arrived(other)
    const rush = guesses(hog, 30)
    const replies = [
      await other.get('/api/v1/auth/verify', { bearer: session.access_token }),
      await other.get('/healthz'),
      await other.get('/api/v1/me', { bearer: session.access_token }),
      await refresh(other, session.refresh_token),
    ]
    assert.deepEqual(
      replies.map(({ status }) => status),
      [204, 200, 200, 200],
    )
    assert.ok(rush.pending() > 0)
    await Promise.all(rush.replies)
  })
})

/** Many concurrent wrong guesses, and how many of them have no response yet. */
function guesses(client: Client, count: number): { replies: Promise<Reply>[]; pending: () => number } {
  let pending = count
  const replies = Array.from({ length: count }, async (_, index) => {
    const login = { login: `nobody-${index}`, password: 'not the password 77' }
    const reply = await signIn(client, login)
    pending--
    return reply
  })
  return { replies, pending: () => pending }
}
