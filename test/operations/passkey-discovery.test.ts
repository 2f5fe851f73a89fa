import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { startServer } from '#test/support/server.ts'

test('browsers and password managers can discover the origins and the pages of passkeys', async () => {
  const { url } = await startServer(await freshDatabaseUrl('sqlite'))
  const client = clientAt(url)
  const origins = await client.get('/.well-known/webauthn')
  assert.equal(origins.status, 200)
  assert.ok(Array.isArray((origins.body as unknown as { origins: string[] }).origins))
  const pages = await client.get('/.well-known/passkey-endpoints')
  assert.equal(pages.status, 200)
  assert.match(pages.text, /\/account\/passkeys/)
})
