import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Client } from 'pg'
import { NoServer } from '#src/store/db.ts'
import { openStore } from '#src/store/open.ts'
import { sql } from '#src/store/sql.ts'
import { freePort } from '#test/support/free-port.ts'
import { startPostgres } from '#test/support/postgres-server.ts'

async function onServer(url: string, ...texts: string[]): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  for (const text of texts) await client.query(text)
  await client.end()
}

/** Sessions that begin now cannot write, as on a standby. */
const readOnly = 'alter role postgres set default_transaction_read_only = on'
const writable = ['set default_transaction_read_only = off', 'alter role postgres reset all']
const cutSessions =
  'select pg_terminate_backend(pid, 5000) from pg_stat_activity where pid <> pg_backend_pid()'
const table = 'create table written (by_server text)'

test('of several servers the one that accepts writes is used, also after a failover', async () => {
  if (process.env.SIGIL_TEST_POSTGRES_URL === undefined) return
  const [first, second] = await Promise.all([startPostgres(), startPostgres()])
  after(() => Promise.all([first.stop(), second.stop()]))
  for (const { url } of [first, second]) await onServer(url, table)
  await onServer(first.url, readOnly)
  const dead = await freePort()
  const ports = [dead, ...[first, second].map(({ url }) => new URL(url).port)]
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',')
  const db = await openStore({ databaseUrl: `postgres://postgres@${hosts}/postgres`, dataDir: '' })
  after(() => db.close())
  const written = async () => {
    await db.query(sql`insert into written values (current_setting('port'))`)
    const rows = await db.query(sql`select by_server from written`)
    return rows.map(({ by_server }) => by_server)
  }
  assert.deepEqual(await written(), [ports[2]])

  await onServer(first.url, ...writable)
  await onServer(second.url, readOnly, cutSessions)
  assert.deepEqual(await written(), [ports[1]])

  await first.stop()
  await onServer(second.url, ...writable)
  assert.deepEqual(await written(), [ports[2], ports[2]])
})

test('where no server can be used each is reported, in the order of the URL', async () => {
  const ports = [await freePort(), await freePort()]
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',')
  await assert.rejects(
    openStore({ databaseUrl: `postgres://postgres@${hosts}/postgres`, dataDir: '' }),
    (error) => {
      assert.ok(error instanceof NoServer, String(error))
      const found = error.failures.map(({ server, error: { cause } }) => [server.port, String(cause)])
      assert.deepEqual(
        found,
        ports.map((port) => [port, `Error: connect ECONNREFUSED 127.0.0.1:${port}`]),
      )
      return true
    },
  )
})
