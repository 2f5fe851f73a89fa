import assert from 'node:assert/strict'
import { AsyncResource } from 'node:async_hooks'
import { join } from 'node:path'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { backUp } from '#src/backup/back-up.ts'
import { restore } from '#src/backup/restore.ts'
import { tablesThere } from '#src/backup/rows.sql.ts'
import { leftOut, tables } from '#src/backup/tables.ts'
import { proveTotp } from '#src/credentials/totp/prove.ts'
import { openKeyRing } from '#src/keys/key-ring.ts'
import { parseMasterKey } from '#src/keys/master-key.ts'
import { systemClock } from '#src/platform/clock.ts'
import { systemRandom } from '#src/platform/random.ts'
import type { Db, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { hastyClock } from '#test/backup/hasty-clock.ts'
import { env, livedIn, manySignIns, newFolder, rowsOf } from '#test/backup/lived-in.ts'
import { rewritten } from '#test/backup/rewritten.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines, openPlace } from '#test/support/engines.ts'
import { signedIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { masterKey } from '#test/support/sigil.ts'
import { codeAt, type Enrolled } from '#test/support/totp.ts'

const made = { release: '0.1.0', by: byCli }
const happening = { event: 'user.enabled', by: byCli, target: { kind: 'none' }, details: {} } as const
const masterKeyFor = async () => parseMasterKey(masterKey)

async function putBack(db: Db, file: string): Promise<void> {
  const outside = { db, clock: hastyClock, random: systemRandom, masterKeyFor }
  await restore(outside, { file, isReplacing: true, by: byCli })
}

async function keysOf(db: Db): Promise<World['keys']> {
  return openKeyRing({ db, clock: hastyClock, random: systemRandom, masterKey: await masterKeyFor() })
}

/** What a restore changes by itself: sessions have ended, and the log tells of it. */
function withoutTraces(rows: Record<string, Row[]>, events: number): Record<string, Row[]> {
  const { audit_events = [], audit_head: _, key_ring: __, sessions = [], ...rest } = rows
  return {
    ...rest,
    audit_events: audit_events.toSorted((a, b) => Number(a.seq) - Number(b.seq)).slice(0, events),
    sessions: sessions.map((row) => ({ ...row, ended_at: row.ended_at !== null, ended_reason: '' })),
  }
}

/** Whether the key of an authenticator app came along: the instance unseals it and takes a code of it. */
async function provesByApp(db: Db, { person, secret }: Enrolled): Promise<boolean> {
  const now = systemClock.now() + 90_000
  const world = { db, keys: await keysOf(db), clock: { ...systemClock, now: () => now } } as World
  return (await proveTotp(world, { userId: person.id, code: codeAt(secret, now) })) !== undefined
}

onBothEngines('a database that moves to the other engine and back', ({ freshPlace, dialect }) => {
  test('is the same, row for row, its audit log is whole, and its people sign in', async () => {
    const place = await freshPlace()
    const { world, people, withApp, stop } = await livedIn(place)
    await manySignIns(world.db, 1700)
    const folder = newFolder()
    await backUp(world, { ...made, file: join(folder, 'one') })
    const original = await rowsOf(world.db)
    await stop()
    const events = original.audit_events?.length ?? 0
    assert.ok(events > 10 && Object.values(original).every((rows) => rows.length > 0))

    const other = await openPlace(await freshDatabaseUrl(dialect === 'sqlite' ? 'postgres' : 'sqlite'))
    await putBack(other, join(folder, 'one'))
    const ended = withoutTraces(original, events)
    const everEnded = { ...ended, sessions: ended.sessions?.map((row) => ({ ...row, ended_at: true })) }
    assert.deepEqual(withoutTraces(await rowsOf(other), events), everEnded)
    const world2 = { db: other, clock: hastyClock, random: systemRandom, keys: await keysOf(other) } as World
    await backUp(world2, { ...made, file: join(folder, 'two') })

    const home = await freshPlace()
    const db = await openPlace(home)
    await putBack(db, join(folder, 'two'))
    assert.deepEqual(withoutTraces(await rowsOf(db), events), everEnded)
    const verdict = await verifyAudit({ db, keys: await keysOf(db) })
    assert.equal(verdict.kind === 'whole' && verdict.events, events + 3)
    assert.equal(await provesByApp(db, withApp), true)
    await db.close()
    const { url, stop: stopHome } = await startServer(home, env)
    for (const person of people) await signedIn(clientAt(url), person)
    await stopHome()
  })
})

onBothEngines('a backup', (engine) => {
  test('has every table, or says why not', async () => {
    const { query } = await engine.open()
    const there = await tablesThere(query)
    assert.deepEqual(
      there.toSorted(),
      [...tables.map(({ name }) => name), ...Object.keys(leftOut)].toSorted(),
    )
  })

  test('of an older schema is brought up to this one', async () => {
    const { world, people, stop } = await livedIn(await engine.freshPlace())
    const file = join(newFolder(), 'one')
    await backUp(world, { ...made, file })
    await stop()
    // As a release before full names were folded would have made it.
    let columns: string[] = []
    const older = rewritten(
      file,
      (line, table) => {
        if (table.startsWith('audit_')) return undefined
        if (!Array.isArray(line) && Array.isArray(line.migrations))
          return { ...line, migrations: line.migrations.filter((id) => id < '0006') }
        if (!Array.isArray(line) && Array.isArray(line.columns)) columns = line.columns
        if (table !== 'users') return line
        const at = columns.indexOf('full_name_key')
        return Array.isArray(line) ? line.toSpliced(at, 1) : { ...line, columns: columns.toSpliced(at, 1) }
      },
      world.keys,
    )
    const place = await engine.freshPlace()
    const db = await openPlace(place)
    await putBack(db, older)
    const [bob] = await db.query(sql`select full_name_key from users where full_name like 'Bob%'`)
    assert.equal(bob?.full_name_key, 'bob\nii')
    await db.close()
    const upgraded = await startServer(place, env)
    for (const person of people) await signedIn(clientAt(upgraded.url), person)
    await upgraded.stop()
  })

  test('shows one moment, whatever is written while it is made', async () => {
    const { world, stop } = await livedIn(await engine.freshPlace())
    const file = join(newFolder(), 'one')
    const write = () => world.db.transaction((query) => recordEvent(query, world, happening))
    const began = (await world.db.query(sql`select seq from audit_events`)).length
    await backUp({ ...world, db: writtenBeside(world.db, write) }, { ...made, file })
    const ended = (await world.db.query(sql`select seq from audit_events`)).length
    assert.ok(ended > began + tables.length)
    await stop()
    const db = await openPlace(await engine.freshPlace())
    await putBack(db, file)
    const verdict = await verifyAudit({ db, keys: await keysOf(db) })
    // The backup itself, what was written before it looked, and the restore.
    assert.deepEqual([verdict.kind, verdict.kind === 'whole' && verdict.events], ['whole', began + 3])
  })
})

/** The same database, but before everything that a snapshot reads, somebody else has written. */
function writtenBeside(db: Db, write: () => Promise<unknown>): Db {
  // By somebody outside of the transaction, which may not use the database but by its query.
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
