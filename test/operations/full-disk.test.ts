import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Client } from 'pg'
import { readiness } from '#src/operations/readiness.ts'
import type { World } from '#src/world/world.ts'
import { endWithTest, freshDatabaseUrl } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

async function failing(world: World): Promise<string[]> {
  return (await readiness(world)).filter(({ ok }) => !ok).map(({ name }) => name)
}

function mounted(folder: string, size: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test('readiness fails while the disk of the embedded database is full', async (t) => {
  const place = await freshDatabaseUrl('sqlite')
  if (!mounted(place.dataDir, '12m')) return t.skip('only root can mount a small disk')
  endWithTest(place, async () => {
    try {
      execFileSync('umount', ['-l', place.dataDir], { stdio: 'ignore' })
    } catch {
      // Unmounted before.
    }
  })
  const clock = testClock()
  const world = await openTestWorld(place, { clock })
  assert.deepEqual(await failing(world), [])
  const ballast = join(place.dataDir, 'ballast')
  assert.throws(() => writeFileSync(ballast, Buffer.alloc(12 * 2 ** 20)), { code: 'ENOSPC' })
  clock.forward(1000)
  assert.deepEqual(await failing(world), ['database_writable'])
  rmSync(ballast)
  clock.forward(1000)
  assert.deepEqual(await failing(world), [])
  after(() => world.db.close())
})

/** Runs commands outside of the database that a URL names. */
async function onServer(databaseUrl: string, ...texts: string[]): Promise<void> {
  const client = new Client({ connectionString: databaseUrl.replace(/[^/]+$/, 'postgres') })
  await client.connect()
  for (const text of texts) await client.query(text)
  await client.end()
}

function nameOf(databaseUrl: string): string {
  return new URL(databaseUrl).pathname.slice(1)
}

const noPostgres = process.env.SIGIL_TEST_POSTGRES_URL ? false : 'SIGIL_TEST_POSTGRES_URL is not set'

test('readiness fails while the disk of PostgreSQL is full', { skip: noPostgres }, async (t) => {
  const place = await freshDatabaseUrl('postgres')
  const { databaseUrl = '' } = place
  const folder = mkdtempSync(join(tmpdir(), 'sigil-test-'))
  if (!mounted(folder, '48m')) return t.skip('only root can mount a small disk')
  const tablespace = `small_${nameOf(databaseUrl)}`
  const move = (to: string) => `alter database ${nameOf(databaseUrl)} set tablespace ${to}`
  const ballast = join(folder, 'ballast')
  endWithTest(place, async () => {
    if (!existsSync(folder)) return
    rmSync(ballast, { force: true })
    await onServer(databaseUrl, move('pg_default'), `drop tablespace if exists ${tablespace}`)
    execFileSync('umount', ['-l', folder], { stdio: 'ignore' })
    rmSync(folder, { recursive: true })
  })
  const space = join(folder, 'space')
  mkdirSync(space)
  execFileSync('chown', ['postgres', folder, space])
  await onServer(databaseUrl, `create tablespace ${tablespace} location '${space}'`, move(tablespace))
  const clock = testClock()
  const world = await openTestWorld(place, { clock })
  assert.deepEqual(await failing(world), [])
  assert.throws(() => writeFileSync(ballast, Buffer.alloc(48 * 2 ** 20)), { code: 'ENOSPC' })
  clock.forward(1000)
  assert.ok((await failing(world)).includes('database_writable'))
  rmSync(ballast)
  clock.forward(1000)
  assert.deepEqual(await failing(world), [])
})

test('readiness fails while PostgreSQL accepts no writes', { skip: noPostgres }, async () => {
  const place = await freshDatabaseUrl('postgres')
  const { databaseUrl = '' } = place
  const clock = testClock()
  const world = await openTestWorld(place, { clock })
  assert.deepEqual(await failing(world), [])
  const name = nameOf(databaseUrl)
  const cut = `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}'`
  await onServer(databaseUrl, `alter database ${name} set default_transaction_read_only = on`, cut)
  clock.forward(1000)
  assert.ok((await failing(world)).includes('database_writable'))
  await onServer(databaseUrl, `alter database ${name} reset default_transaction_read_only`, cut)
  clock.forward(1000)
  assert.deepEqual(await failing(world), [])
})
