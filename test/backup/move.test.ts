import assert from 'node:assert/strict'
import { AsyncResource } from 'node:async_hooks'
import { join } from 'node:path'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { backUp } from '#src/backup/back-up.ts'
import { ownTables } from '#src/backup/load.ts'
import { restore } from '#src/backup/restore.ts'
import { columnsOf, dropTable } from '#src/backup/rows.sql.ts'
import { proveTotp } from '#src/credentials/totp/prove.ts'
import { openKeyRing } from '#src/keys/key-ring.ts'
import { parseMasterKey } from '#src/keys/master-key.ts'
import { systemClock } from '#src/platform/clock.ts'
import { systemRandom } from '#src/platform/random.ts'
import type { Db, Row } from '#src/store/db.ts'
import { migrate } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { sql } from '#src/store/sql.ts'
import { tablesInBackups } from '#src/store/tables.ts'
import type { World } from '#src/world/world.ts'
import { env, livedIn, manySignIns, newFolder, rowsOf, unsealedInOrder } from '#test/backup/lived-in.ts'
import { noWaitClock } from '#test/backup/no-wait-clock.ts'
import { type Line, rewritten } from '#test/backup/rewritten.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines, openPlace } from '#test/support/engines.ts'
import { signedIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { masterKey } from '#test/support/sigil.ts'
import { codeAt, type Enrolled } from '#test/support/totp.ts'

const made = { release: '0.1.0', by: byCli }
const sampleEvent = { event: 'user.enabled', by: byCli, target: { kind: 'none' }, details: {} } as const
const masterKeyFor = async () => parseMasterKey(masterKey)

async function putBack(db: Db, file: string): Promise<void> {
  const outside = { db, clock: noWaitClock, random: systemRandom, masterKeyFor }
  await restore(outside, { file, isReplacing: true, by: byCli })
}

async function keysOf(db: Db): Promise<World['keys']> {
  return openKeyRing({ db, clock: noWaitClock, random: systemRandom, masterKey: await masterKeyFor() })
}

/** Without the changes that a restore makes: ended sessions, and events that were recorded and sealed. */
function withoutRestore(rows: Record<string, Row[]>, events: number): Record<string, Row[]> {
  const changed = new Set(['audit_head', 'audit_segments', 'outbox_readers', 'key_ring'])
  const { audit_events = [], sessions = [], ...others } = rows
  return {
    ...Object.fromEntries(Object.entries(others).filter(([name]) => !changed.has(name))),
    audit_events: unsealedInOrder(audit_events).slice(0, events),
    sessions: sessions.map((row) => ({ ...row, ended_at: row.ended_at !== null, ended_reason: '' })),
  }
}

/** Whether the instance can unseal the key of an authenticator app and accepts a code of it. */
async function provesByApp(db: Db, { person, secret }: Enrolled): Promise<boolean> {
  const now = systemClock.now() + 90_000
  const world = { db, keys: await keysOf(db), clock: { ...systemClock, now: () => now } } as World
  return (await proveTotp(world, { userId: person.id, code: codeAt(secret, now) })) !== undefined
}

onBothEngines('restoring to the other engine and back', ({ freshPlace, dialect }) => {
  test('a database restored to the other engine and back has the same rows and audit log', async () => {
    const place = await freshPlace()
    const { world, people, withApp, stop } = await livedIn(place)
    await manySignIns(world.db, 1700)
    const folder = newFolder()
    await backUp(world, { ...made, file: join(folder, 'one') })
    const original = await rowsOf(world.db)
    await stop()
    const events = original.audit_events?.length ?? 0
    assert.ok(events > 10)
    // Their rows are deleted as soon as their work is done.
    const transient = new Set(['deleted_users', 'outbox_deliveries'])
    const empty = Object.keys(original).filter((name) => original[name]?.length === 0)
    assert.deepEqual(
      empty.filter((name) => !transient.has(name)),
      [],
    )

    const other = await openPlace(await freshDatabaseUrl(dialect === 'sqlite' ? 'postgres' : 'sqlite'))
    await putBack(other, join(folder, 'one'))
    const ended = withoutRestore(original, events)
    const expected = { ...ended, sessions: ended.sessions?.map((row) => ({ ...row, ended_at: true })) }
    assert.deepEqual(withoutRestore(await rowsOf(other), events), expected)
    const world2 = { db: other, clock: noWaitClock, random: systemRandom, keys: await keysOf(other) } as World
    await backUp(world2, { ...made, file: join(folder, 'two') })

    const home = await freshPlace()
    const db = await openPlace(home)
    await putBack(db, join(folder, 'two'))
    assert.deepEqual(withoutRestore(await rowsOf(db), events), expected)
    const verdict = await verifyAudit({ db, keys: await keysOf(db) })
    assert.equal(verdict.kind === 'whole' && verdict.events + verdict.unsealed, events + 3)
    assert.equal(await provesByApp(db, withApp), true)
    await db.close()
    const { url, stop: stopHome } = await startServer(home, env)
    for (const person of people) await signedIn(clientAt(url), person)
    await stopHome()
  })
})

const isBeforeAudit = ({ id }: { id: string }) => id < '0006'

/** The backup with only the tables and columns that the database has. */
async function asOfSchema(
  { query }: Db,
  { file, keys, isIncluded }: { file: string; keys: World['keys']; isIncluded: typeof isBeforeAudit },
): Promise<string> {
  const there = new Map<string, string[]>()
  for (const { name } of tablesInBackups) there.set(name, await columnsOf(query, name))
  let columns: string[] = []
  const isThere = (column: string | undefined, table: string) => there.get(table)?.includes(column ?? '')
  const change = (line: Line, table: string): Line | undefined => {
    if (!Array.isArray(line) && Array.isArray(line.migrations))
      return { ...line, migrations: migrations.filter(isIncluded).map(({ id }) => id) }
    if (table === '') return line
    if (there.get(table)?.length === 0) return undefined
    if (Array.isArray(line)) return line.filter((_, at) => isThere(columns[at], table))
    columns = line.columns as string[]
    return { ...line, columns: columns.filter((column) => isThere(column, table)) }
  }
  return rewritten(file, change, keys)
}

onBothEngines('sigil backup', (engine) => {
  test('a backup of an older schema is migrated when it is restored', async () => {
    const { world, people, stop } = await livedIn(await engine.freshPlace())
    const file = join(newFolder(), 'one')
    await backUp(world, { ...made, file })
    await stop()
    // As a release before the audit log would have written it.
    const place = await engine.freshPlace()
    const db = await openPlace(place)
    for (const name of await ownTables(db)) await dropTable(db.query, name)
    await migrate(db, noWaitClock, migrations.filter(isBeforeAudit))
    await putBack(db, await asOfSchema(db, { file, keys: world.keys, isIncluded: isBeforeAudit }))
    const [restored] = await db.query(sql`select event from audit_events`)
    assert.equal(restored?.event, 'database.restored')
    await db.close()
    const upgraded = await startServer(place, env)
    for (const person of people) await signedIn(clientAt(upgraded.url), person)
    await upgraded.stop()
  })

  test('a backup is a consistent snapshot, regardless of concurrent writes', async () => {
    const { world, stop } = await livedIn(await engine.freshPlace())
    const file = join(newFolder(), 'one')
    const write = () => world.db.transaction((query) => recordEvent(query, world, sampleEvent))
    const began = (await world.db.query(sql`select seq from audit_events`)).length
    await backUp({ ...world, db: writtenBeside(world.db, write) }, { ...made, file })
    const ended = (await world.db.query(sql`select seq from audit_events`)).length
    assert.ok(ended > began + tablesInBackups.length)
    await stop()
    const db = await openPlace(await engine.freshPlace())
    await putBack(db, file)
    const verdict = await verifyAudit({ db, keys: await keysOf(db) })
    // The backup itself, earlier events, and the restore.
    assert.ok(verdict.kind === 'whole')
    assert.equal(verdict.events + verdict.unsealed, began + 3)
  })
})

/** The same database, with a write outside the snapshot before each of its reads. */
function writtenBeside(db: Db, write: () => Promise<unknown>): Db {
  // Bound outside the transaction, inside which only its own query may be used.
  const beside = AsyncResource.bind(write)
  return {
    ...db,
    snapshot: (work) =>
      db.snapshot((query) =>
        work(async (sent) => {
          await beside()
          return query(sent)
        }),
      ),
  }
}
