import { openStore } from '#src/store/open.ts'
import { sql } from '#src/store/sql.ts'

// A process for tests: opens the database in the folder, writes one row, prints a line and stays.
const db = await openStore({ databaseUrl: undefined, dataDir: process.argv[2] ?? '' })
await db.query(sql`create table coins (id text primary key)`)
await db.query(sql`insert into coins (id) values ('committed')`)
process.stdin.resume()
// Run with --expose-gc. After the module has run nothing refers to the database, and it must stay locked.
setImmediate(() => {
  globalThis.gc?.()
  process.stdout.write('written\n')
})
