import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import type { Db, Dialect } from '#src/store/db.ts'
import { openStore } from '#src/store/open.ts'
import { emptyDatabase, migratedDatabase } from '#test/support/postgres-databases.ts'
import { migrateAll } from '#test/support/schema.ts'

/** The location of a database: for `openStore`, or for starting a server. */
export type Place = { databaseUrl: string | undefined; dataDir: string }

export type Engine = {
  dialect: Dialect
  /** Opens a new, migrated database for this test. */
  open(): Promise<Db>
  /** The same, not opened, for tests that start one or more servers on it. */
  freshPlace(): Promise<Place>
  /** A new database without tables. */
  emptyPlace(): Promise<Place>
}

const postgresUrl = process.env.SIGIL_TEST_POSTGRES_URL

/**
 * Registers a suite once for each engine. Call the functions of the engine inside a test: their results are
 * closed and removed when that test ends.
 */
export function onBothEngines(name: string, body: (engine: Engine) => void | Promise<void>): void {
  describe(`${name} (sqlite)`, () => body(engineFor('sqlite')))
  const skip = postgresUrl ? false : 'SIGIL_TEST_POSTGRES_URL is not set: run the tests through npm test'
  describe(`${name} (postgres)`, { skip }, () => body(engineFor('postgres')))
}

/** Registers a suite on SQLite alone: for what does not depend on the database. */
export function onSqlite(name: string, body: (engine: Engine) => void): void {
  describe(name, () => body(engineFor('sqlite')))
}

/** Returns a place with a migrated database, which several processes may share. Removed after the test. */
export function freshDatabaseUrl(dialect: Dialect): Promise<Place> {
  return engineFor(dialect).freshPlace()
}

/** Opens the database of a place and closes it after the running test. */
export async function openPlace(place: Place): Promise<Db> {
  const db = await openStore(place)
  endWithTest(place, () => db.close())
  return db
}

const users = new WeakMap<Place, (() => Promise<unknown>)[]>()

/**
 * Calls `end` when the running test ends and, for hooks run in the order of registration, also before the
 * place is removed. So `end` may be called twice.
 */
export function endWithTest(place: Place, end: () => Promise<unknown>): void {
  users.get(place)?.push(end)
  after(end)
}

type Held = Place & { remove(): Promise<void> }

function engineFor(dialect: Dialect): Engine {
  const hold = dialect === 'sqlite' ? migratedFolder : () => onServer(migratedDatabase)
  const holdEmpty = dialect === 'sqlite' ? emptyFolder : () => onServer(emptyDatabase)
  return {
    dialect,
    async open() {
      const { remove, ...place } = await hold()
      const db = await openStore(place)
      after(() => db.close().finally(remove))
      return db
    },
    freshPlace: async () => untilTestEnds(await hold()),
    emptyPlace: async () => untilTestEnds(await holdEmpty()),
  }
}

function untilTestEnds({ remove, ...place }: Held): Place {
  const ends: (() => Promise<unknown>)[] = []
  users.set(place, ends)
  after(async () => {
    for (const end of ends.toReversed()) await end()
    await remove()
  })
  return place
}

async function emptyFolder(): Promise<Held> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sigil-test-'))
  const remove = async () => rmSync(dataDir, { recursive: true, force: true })
  return { databaseUrl: undefined, dataDir, remove }
}

/** Copies a migrated database, which takes a millisecond; migrating takes a hundred. */
async function migratedFolder(): Promise<Held> {
  template ??= migratedOnce()
  const [file, held] = [await template, await emptyFolder()]
  copyFileSync(file, join(held.dataDir, 'sigil.db'))
  return held
}

let template: Promise<string> | undefined

async function migratedOnce(): Promise<string> {
  const { dataDir } = await emptyFolder()
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }))
  await migrateAll({ databaseUrl: undefined, dataDir })
  return join(dataDir, 'sigil.db')
}

async function onServer(make: typeof emptyDatabase): Promise<Held> {
  if (!postgresUrl) throw new Error('SIGIL_TEST_POSTGRES_URL is not set: run the tests through npm test.')
  const { dataDir, remove } = await emptyFolder()
  const database = await make(postgresUrl, `test_${randomUUID().replaceAll('-', '')}`)
  return { databaseUrl: database.url, dataDir, remove: () => remove().then(database.drop) }
}
