import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { byCli } from '#src/audit/by.ts'
import { whenMoved } from '#src/audit/moved.ts'
import { exportInstance } from '#src/backup/export-instance.ts'
import { parseMasterKey } from '#src/keys/master-key.ts'
import { systemClock } from '#src/platform/clock.ts'
import { systemRandom } from '#src/platform/random.ts'
import type { Db } from '#src/store/db.ts'
import { env, livedIn, manySignIns, newFolder } from '#test/backup/lived-in.ts'
import { type Chance, seededChance } from '#test/crash/chance.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines, openPlace, type Place } from '#test/support/engines.ts'
import { arrived, isAccepted } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { envOf, masterKey, sigilJson } from '#test/support/sigil.ts'

const main = fileURLToPath(import.meta.resolve('#src/main.js'))

onBothEngines('killing a move to another database', ({ freshPlace, emptyPlace }) => {
  test('a move that is killed repeatedly keeps the instance in one place and completes', async (t) => {
    const chance = seededChance()
    t.diagnostic(`SIGIL_TEST_SEED=${chance.seed}`)
    const [from, to] = [await freshPlace(), await emptyPlace()]
    const { world, stop } = await livedIn(from)
    await manySignIns(world.db, 20_000)
    await stop()
    const first = await startServer(from, env)
    const { session } = await arrived(clientAt(first.url))
    await first.stop()
    const file = join(newFolder(), 'one')
    const before = { export: 0, import: 0 }
    // Before that, there is nothing to kill but the start of the program.
    const startMs = (await timeOf(() => sigilJson(['user', 'list'], { place: from, env }))) / 2
    for (let ms = startMs; !existsSync(file); ms *= later(chance)) {
      await killed(['export', file], from, ms)
      // The file exists only once the database is closed.
      const { code } = await sigilJson(['user', 'list'], { place: from, env })
      assert.ok(code === 5 || (code === 0 && !existsSync(file)), `${code}`)
      if (code === 0) before.export++
    }
    for (let isDone = false, ms = startMs; !isDone; ms *= later(chance)) {
      isDone = await killed(['import', file], to, ms)
      if (!isDone) before.import++
    }
    t.diagnostic(`killed ${before.export} times before the export, ${before.import} times before the import`)
    assert.ok(before.export > 0 && before.import > 0)
    const server = await startServer(to, env)
    assert.ok(await isAccepted(clientAt(server.url), session.access_token))
    await server.stop()
  })
})

onBothEngines('an export that fails', ({ freshPlace }) => {
  test('an export failing before its commit changes nothing; after it only the file is missing', async () => {
    const place = await freshPlace()
    await (await livedIn(place)).stop()
    const db = await openPlace(place)
    const folder = newFolder()
    const broken = new Error('a power failure')
    const early: Db = {
      ...db,
      exclusively: (work) =>
        db.exclusively(async (query) => {
          await work(query)
          throw broken
        }),
    }
    const late: Db = {
      ...db,
      exclusively: async (work) => {
        await db.exclusively(work)
        throw broken
      },
    }
    await assert.rejects(exportFrom(early, join(folder, 'one')), broken)
    assert.deepEqual([readdirSync(folder), await whenMoved(db)], [[], undefined])
    await assert.rejects(exportFrom(late, join(folder, 'one')), broken)
    assert.deepEqual(readdirSync(folder), [])
    assert.notEqual(await whenMoved(db), undefined)
    const { madeAt } = await exportFrom(db, join(folder, 'one'))
    assert.equal(madeAt, await whenMoved(db))
  })
})

function exportFrom(db: Db, file: string) {
  const masterKeyFor = async () => parseMasterKey(masterKey)
  const outside = { db, clock: systemClock, random: systemRandom, masterKeyFor }
  return exportInstance(outside, { file, release: '0.1.0', by: byCli })
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** The next kill comes later by a share of the time, so that a busy machine needs no more attempts. */
function later(chance: Chance): number {
  return 1 + chance.between(12, 28) / 100
}

/** Starts a command and kills it after `ms`. Returns whether it had finished by then. */
async function killed(words: readonly string[], place: Place, ms: number): Promise<boolean> {
  const child = spawn(process.execPath, [main, ...words], {
    env: { PATH: process.env.PATH ?? '', ...envOf(place), ...env },
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  const [code] = await exited
  clearTimeout(timer)
  return code !== null
}
