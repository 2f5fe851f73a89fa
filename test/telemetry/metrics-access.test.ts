import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt, type Sent } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { startServer } from '#test/support/server.ts'

/** Requests the metrics of a server with these settings, always over a connection from this machine. */
async function asking(env: Record<string, string>) {
  const { url } = await startServer(await freshDatabaseUrl('sqlite'), env)
  const ask = (headers: NonNullable<Sent['headers']>) => clientAt(url).get('/metrics', { headers })
  return {
    shows: async (headers: NonNullable<Sent['headers']>) => assert.equal((await ask(headers)).status, 200),
    refuses: async (headers: NonNullable<Sent['headers']>) =>
      assertRefused(await ask(headers), 'address_not_allowed'),
  }
}

const from = (address: string) => ({ 'x-forwarded-for': address })

test('this machine may read the metrics, but clients of a proxy on it may not', async () => {
  const { shows, refuses } = await asking({})
  await shows({})
  await refuses(from('192.0.2.1'))
  await refuses(from('127.0.0.1'))
  await refuses({ via: '1.1 proxy' })
  await refuses({ forwarded: 'for=127.0.0.1' })
  await refuses({ 'x-real-ip': '::1' })
  await refuses({ 'x-forwarded-host': 'auth.example.org' })
  await refuses({ 'x-forwarded-proto': 'https' })
})

test('a listed IP address may read the metrics through a trusted proxy', async () => {
  const env = { SIGIL_TRUSTED_PROXIES: '127.0.0.1,::1', SIGIL_METRICS_ALLOW: '192.0.2.0/24,2001:db8::1' }
  const { shows, refuses } = await asking(env)
  await shows({})
  await shows(from('192.0.2.77'))
  await shows(from('198.51.100.1, 192.0.2.77'))
  await shows(from('2001:db8::1'))
  await refuses(from('192.0.2.77, 198.51.100.1'))
  await refuses(from('2001:db8::2'))
  // A client of the proxy may have sent this header.
  await refuses(from('127.0.0.1'))
  await refuses(from('::1'))
  await refuses(from('nonsense'))
})

test('an untrusted proxy lets no client read the metrics, even if its own IP address is listed', async () => {
  const { shows, refuses } = await asking({ SIGIL_METRICS_ALLOW: '127.0.0.0/8,::1,192.0.2.1' })
  await shows({})
  await refuses(from('192.0.2.1'))
  await refuses({ via: '1.1 proxy' })
})
