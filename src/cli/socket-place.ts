import { createHash } from 'node:crypto'
import { lstatSync, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '#src/store/make-folder.ts'

/**
 * The folder of the socket is not ours alone: whoever else can write there could answer in a server's place.
 */
export class UnsafeFolder extends Error {
  override name = 'UnsafeFolder'

  constructor(folder: string) {
    super(`${folder} belongs to somebody else, or others can enter it. Remove it, or have it removed.`)
  }
}

/** `sun_path` has 108 bytes on Linux, 104 on macOS and the BSDs, and ends with a zero. */
const maxPathLength = 103

/**
 * Where the server of a data folder listens for commands: inside it, or where that is too long for a socket,
 * in the folder for temporary files, under a name that follows from the data folder.
 */
export function socketPlace(dataDir: string): { folder: string; socket: string } {
  const real = realPath(dataDir)
  const inside = join(real, 'control')
  const socket = join(inside, 'sigil.sock')
  if (Buffer.byteLength(socket) <= maxPathLength) return { folder: inside, socket }
  const name = createHash('sha256').update(real).digest('hex').slice(0, 20)
  const folder = join(tmpdir(), `sigil-${name}`)
  return { folder, socket: join(folder, 'sigil.sock') }
}

/** Makes the folder, for this user only. */
export function makeSocketFolder(dataDir: string): void {
  const { folder } = socketPlace(dataDir)
  makeFolder(folder)
  refuseUnsafe(folder, [process.getuid?.() ?? 0])
}

/**
 * False where there is none. A folder for temporary files takes names from anybody, so who made ours is
 * looked at: passwords are sent there.
 */
export function hasSafeSocketFolder(dataDir: string): boolean {
  const { folder } = socketPlace(dataDir)
  if (!lstatSync(folder, { throwIfNoEntry: false })) return false
  const ownerOfData = statSync(dataDir, { throwIfNoEntry: false })?.uid
  refuseUnsafe(folder, [process.getuid?.() ?? 0, ...(ownerOfData === undefined ? [] : [ownerOfData])])
  return true
}

function refuseUnsafe(folder: string, owners: readonly number[]): void {
  const seen = lstatSync(folder)
  const isPrivate = (seen.mode & 0o077) === 0
  if (!seen.isDirectory() || !isPrivate || !owners.includes(seen.uid)) throw new UnsafeFolder(folder)
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // Not there yet: then no server is either.
    return path
  }
}
