import { openSqlite } from '#src/store/sqlite.ts'

// A process of its own for the tests: opens a database as somebody whom the modes of files bind.
const [file = '', uid = ''] = process.argv.slice(2)
if (process.getuid?.() === 0) process.setuid?.(Number(uid))
await (await openSqlite({ file })).close()
