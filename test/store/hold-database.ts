import { openStore } from '#src/store/open.ts'
import { sql } from '#src/store/sql.ts'

// A process of its own for the tests: opens the database in the folder, writes one row, says so, and stays.
const db = await openStore({ databaseUrl: undefined, dataDir: process.argv[2] ?? '' })
await db.query(sql`create table coins (id text primary key)`)
await db.query(sql`insert into coins (id) values ('kept')`)
process.stdout.write('written\n')
process.stdin.resume()
