import { statfs } from 'node:fs/promises'

/** A sign-up writes some 100 KiB into the log of SQLite, and a checkpoint needs room in the database too. */
const minFreeBytes = 4 * 2 ** 20

/**
 * Whether the disk of the embedded database has room. A write that replaces a row in place succeeds on a full
 * disk, where nothing new can be stored.
 */
export async function hasDiskRoom(dataDir: string): Promise<boolean> {
  const { blocks, bavail, bsize } = await statfs(dataDir)
  // File systems that report no size have no known limit.
  return blocks === 0 || bavail * bsize >= minFreeBytes
}
