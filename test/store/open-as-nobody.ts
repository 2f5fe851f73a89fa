import { openSqlite } from '#src/store/sqlite.ts'

// A process for tests: opens a database as a user that file modes apply to.
const [file = '', uid = ''] = process.argv.slice(2)
if (process.getuid?.() === 0) process.setuid?.(Number(uid))
await (await openSqlite({ file })).close()
