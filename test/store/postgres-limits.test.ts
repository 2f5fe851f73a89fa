import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Client } from 'pg'
import { openPostgres } from '#src/store/postgres.ts'
import { sql } from '#src/store/sql.ts'
import { atOnce } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, type Place } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const serverUrl = process.env.SIGIL_TEST_POSTGRES_URL
const skip = serverUrl ? false : 'SIGIL_TEST_POSTGRES_URL is not set: run the tests through npm test'
let roles = 0

async function asAdmin(url: string | undefined, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** A migrated database that a role with this connection limit owns. */
async function limitedTo(connections: number): Promise<Place & { databaseUrl: string; role: string }> {
  const place = await freshDatabaseUrl('postgres')
  const role = `limited_${process.pid}_${roles++}`
  const { databaseUrl = '' } = place
  await asAdmin(databaseUrl, `create role ${role} login connection limit ${connections}`)
  await asAdmin(databaseUrl, `grant all on all tables in schema public to ${role}`)
  after(() => asAdmin(serverUrl, `drop owned by ${role}`, `drop role ${role}`).catch(() => {}))
  const url = new URL(databaseUrl)
  url.username = role
  return { ...place, databaseUrl: url.href, role }
}

test('twelve concurrent sign-ups wait for the few connections of the role', { skip }, async () => {
  const place = await limitedTo(5)
  const { url, stop } = await serveTestWorld(place, { clock: testClock() })
  const client = clientAt(url)
  let number = 0
  const statuses = await atOnce(12, async () => {
    const email = `person${number++}@example.org`
    const { status } = await client.post('/api/v1/auth/signup', { email, password: 'correct horse battery' })
    return status
  })
  assert.deepEqual(statuses, Array(12).fill(201))
  await stop()
})

test('statements wait if other programs use up the connections of the role', { skip }, async () => {
  const { databaseUrl } = await limitedTo(6)
  const others = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const client = new Client({ connectionString: databaseUrl })
      await client.connect()
      return client
    }),
  )
  const db = await openPostgres({ url: databaseUrl })
  after(() => db.close())
  const rows = await atOnce(12, () =>
    db.transaction((query) => query(sql`select 1 as one from pg_sleep(0.02)`)),
  )
  assert.equal(rows.length, 12)
  await Promise.all(others.map((client) => client.end()))
})

test('a role with fewer connections than a server needs is rejected', { skip }, async () => {
  const { databaseUrl, role } = await limitedTo(3)
  await assert.rejects(openPostgres({ url: databaseUrl }), {
    name: 'TooFewConnections',
    message: new RegExp(`The role ${role} allows 3 connections.*at least 4`),
  })
})
