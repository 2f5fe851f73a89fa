import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { env, livedIn, manySignIns, newFolder, rowsOf, unsealedInOrder } from '#test/backup/lived-in.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines, openPlace, type Place } from '#test/support/engines.ts'
import { arrived, isAccepted, logOut, refresh, signedIn } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { startServer } from '#test/support/server.ts'
import { sigil, sigilJson } from '#test/support/sigil.ts'

onBothEngines('moving an instance to the other engine and back', ({ freshPlace, dialect }) => {
  test('an instance moved to the other engine and back has the same rows and sessions', async () => {
    const place = await freshPlace()
    const lived = await livedIn(place)
    await manySignIns(lived.world.db, 1700)
    await lived.stop()
    const first = await startServer(place, env)
    const client = clientAt(first.url)
    const { person, session } = await arrived(client)
    const ended = await signedIn(client, person)
    await logOut(client, ended.access_token)
    await first.stop()
    const before = await readingOf(place)

    const target = await freshDatabaseUrl(dialect === 'sqlite' ? 'postgres' : 'sqlite')
    await move(place, target)
    const moved = await readingOf(target)
    assert.deepEqual(withoutMoves(moved), withoutMoves(before))
    assert.deepEqual(eventsOf(moved).slice(eventsOf(before).length), [
      'database.exported',
      'database.imported',
    ])
    const second = await startServer(target, env)
    assert.ok(await isAccepted(clientAt(second.url), session.access_token))
    assert.ok(!(await isAccepted(clientAt(second.url), ended.access_token)))
    assert.equal((await refresh(clientAt(second.url), ended.refresh_token)).status, 401)
    const { body: next } = await refresh(clientAt(second.url), session.refresh_token)
    await second.stop()
    const afterSecond = await readingOf(target)

    const home = await freshPlace()
    await move(target, home)
    assert.deepEqual(withoutMoves(await readingOf(home)), withoutMoves(afterSecond))
    const third = await startServer(home, env)
    for (const { access_token } of [session, next])
      assert.ok(await isAccepted(clientAt(third.url), access_token))
    assert.ok(!(await isAccepted(clientAt(third.url), ended.access_token)))
    assert.equal((await refresh(clientAt(third.url), next.refresh_token)).status, 200)
    await third.stop()
    assert.equal((await sigil(['audit', 'verify'], { place: home, env })).code, 0)
  })
})

onBothEngines('sigil export', ({ freshPlace }) => {
  test('sigil export fails while a server is running, and changes nothing', async () => {
    const place = await freshPlace()
    const folder = newFolder()
    const server = await spawnServer(place, env)
    const { session } = await arrived(clientAt(server.url))
    const { code, said } = await sigilJson(['export', join(folder, 'one')], { place, env })
    assert.deepEqual([code, said.error.code], [5, 'server_running'])
    assert.deepEqual(readdirSync(folder), [])
    assert.ok(await isAccepted(clientAt(server.url), session.access_token))
    await server.stop()
    const again = await startServer(place, env)
    await arrived(clientAt(again.url))
    await again.stop()
  })

  test('repeated exports write the same file, readable only by its owner, and overwrite none', async () => {
    const place = await freshPlace()
    await (await livedIn(place)).stop()
    const folder = newFolder()
    for (const name of ['one', 'two'])
      assert.equal((await sigil(['export', name], { place, env, cwd: folder })).code, 0)
    assert.deepEqual(readFileSync(join(folder, 'one')), readFileSync(join(folder, 'two')))
    assert.equal(statSync(join(folder, 'one')).mode & 0o777, 0o600)
    const { code, said } = await sigilJson(['export', join(folder, 'one')], { place, env })
    assert.deepEqual([code, said.error.code], [5, 'file_exists'])
    assert.deepEqual(readdirSync(folder).toSorted(), ['one', 'two'])
  })

  test('sigil export fails without an instance', async () => {
    const place = await freshPlace()
    const folder = newFolder()
    const { code, said } = await sigilJson(['export', join(folder, 'one')], { place, env })
    assert.deepEqual([code, said.error.code], [4, 'nothing_here'])
    assert.deepEqual(readdirSync(folder), [])
    await (await startServer(place, env)).stop()
  })
})

type Reading = Record<string, Row[]>

async function move(from: Place, to: Place): Promise<void> {
  const file = join(newFolder(), 'moved')
  for (const [words, place] of [
    [['export', file], from],
    [['import', file], to],
  ] as const) {
    const { code, stderr } = await sigil(words, { place, env })
    assert.equal(code, 0, stderr)
  }
}

async function readingOf(place: Place): Promise<Reading> {
  const db = await openPlace(place)
  const rows = await rowsOf(db)
  const timelines = await db.query(sql`select timeline, not_before from timelines`)
  await db.close()
  return { ...rows, timelines }
}

function eventsOf({ audit_events: events = [] }: Reading): unknown[] {
  return unsealedInOrder(events).map(({ event }) => event)
}

/** A move adds two events to the audit log, and events that were not sealed before it are sealed after it. */
function withoutMoves(reading: Reading): Reading {
  const { audit_head: _, audit_segments: __, outbox_readers: ___, audit_events = [], ...rest } = reading
  const others = audit_events.filter(({ event }) => !/^database\.(ex|im)ported$/.test(String(event)))
  return { ...rest, audit_events: unsealedInOrder(others) }
}
