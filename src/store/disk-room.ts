import { statfs } from 'node:fs/promises'

/** A sign-up writes some 100 KiB into the log of SQLite, and a checkpoint needs room in the database too. */
const minFreeBytes = 4 * 2 ** 20

/**
 * Whether the disk of the embedded database has room. A write that replaces a row in place succeeds on a full
 * disk, when nothing new can be stored any more.
 */
export async function hasDiskRoom(dataDir: string): Promise<boolean> {
  const { blocks, bavail, bsize } = await statfs(dataDir)
  // File systems that report no size at all have no limit that can be known.
  return blocks === 0 || bavail * bsize >= minFreeBytes
}
