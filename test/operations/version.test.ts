import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { startServer } from '#test/support/server.ts'

test('GET /version returns the version of the package', async () => {
  const { url } = await startServer(await freshDatabaseUrl('sqlite'))
  const { status, body } = await clientAt(url).get('/version')
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  assert.deepEqual([status, body], [200, { version }])
})
