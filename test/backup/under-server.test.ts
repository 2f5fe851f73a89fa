import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { env } from '#test/backup/lived-in.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { arrived } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const skip = process.env.SIGIL_TEST_POSTGRES_URL === undefined && 'run this through npm test'

test('a server whose database was restored accepts no token until it is restarted', { skip }, async () => {
  const place = await freshDatabaseUrl('postgres')
  const server = await startServer(place, { ...env, SIGIL_LOG_LEVEL: 'fatal' })
  const { session } = await arrived(clientAt(server.url))
  const bearer = session.access_token
  const statusOf = async (url: string) => (await clientAt(url).get('/api/v1/auth/verify', { bearer })).status
  assert.equal(await statusOf(server.url), 204)
  await server.world.db.query(sql`update timelines set timeline = 'another'`)
  let status = 204
  while (status === 204) status = await statusOf(server.url)
  assert.equal(status, 503)
  assert.equal(await statusOf(server.url), 503)
  assert.equal((await clientAt(server.url).get('/readyz')).status, 503)
  await server.stop()
  const again = await startServer(place, env)
  assert.equal(await statusOf(again.url), 204)
  await again.stop()
})
