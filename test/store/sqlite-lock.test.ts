import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openStore } from '#src/store/open.ts'
import { sql } from '#src/store/sql.ts'
import { freshDatabaseUrl, openPlace } from '#test/support/engines.ts'

const holder = fileURLToPath(import.meta.resolve('#test/store/hold-database.ts'))

test('a database that another process has open is rejected, and usable after a kill -9', async (t) => {
  const place = await freshDatabaseUrl('sqlite')
  const other = spawn(process.execPath, ['--expose-gc', holder, place.dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => other.kill('SIGKILL'))
  await once(other.stdout, 'data')
  await assert.rejects(openStore(place), {
    name: 'DatabaseInUse',
    message: /Another process has .*sigil\.db open/,
  })

  const exited = once(other, 'exit')
  other.kill('SIGKILL')
  await exited
  const db = await openPlace(place)
  assert.deepEqual(await db.query(sql`select id from coins`), [{ id: 'committed' }])
})

test('a failed attempt to open a database leaves the lock of its own process in place', async (t) => {
  const place = await freshDatabaseUrl('sqlite')
  const db = await openPlace(place)
  await assert.rejects(openStore(place), { name: 'DatabaseInUse' })
  const other = spawn(process.execPath, [holder, place.dataDir], { stdio: ['ignore', 'ignore', 'pipe'] })
  t.after(() => other.kill('SIGKILL'))
  const printed = other.stderr.toArray()
  const [code] = await once(other, 'exit')
  assert.equal(code, 1)
  assert.match((await printed).join(''), /DatabaseInUse/)
  await db.close()
})

test('a database can be opened again after it was closed', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await (await openStore(place)).close()
  await (await openStore(place)).close()
})
