import { statfs } from 'node:fs/promises'
import { DatabaseAway, type Db } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A sign-up writes some 100 KiB into the log of SQLite, and a checkpoint needs room in the database too. */
const minFreeBytes = 4 * 2 ** 20

/**
 * Whether the disk of the database has room. A write that replaces a row in place succeeds on a full disk,
 * where nothing new can be stored.
 */
export function hasDiskRoom(db: Db, dataDir: string): Promise<boolean> {
  return db.dialect === 'sqlite' ? folderHasRoom(dataDir) : tablespaceHasRoom(db)
}

async function folderHasRoom(dataDir: string): Promise<boolean> {
  const { blocks, bavail, bsize } = await statfs(dataDir)
  // File systems that report no size have no known limit.
  return blocks === 0 || bavail * bsize >= minFreeBytes
}

/**
 * PostgreSQL does not report how much space is left. A sort that does not fit into the memory is written to a
 * temporary file where the tables of the database are; it leaves neither rows nor log.
 */
async function tablespaceHasRoom(db: Db): Promise<boolean> {
  const rowBytes = 8192
  try {
    await db.transaction(async (query) => {
      await query(sql`select set_config('work_mem', '64kB', true), set_config('temp_tablespaces', '', true)`)
      await query(sql`select sum(length(filler)) as bytes from (
        select n, repeat('x', ${rowBytes}) as filler from generate_series(1, ${minFreeBytes / rowBytes}) as n
        order by n desc offset 0) as sorted`)
    })
    return true
  } catch (error) {
    const code = sqlStateOf(error)
    if (code === diskFull) return false
    // The operator limits temporary files to less, which is unrelated to free space on the disk.
    if (code === limitExceeded) return true
    throw error
  }
}

const diskFull = '53100'
const limitExceeded = '53400'

function sqlStateOf(error: unknown): unknown {
  const { cause } = error instanceof DatabaseAway ? error : {}
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}
