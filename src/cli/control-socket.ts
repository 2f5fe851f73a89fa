import { createHash } from 'node:crypto'
import { lstatSync, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FailureCode } from '#src/platform/operator-error.ts'
import { makeFolder } from '#src/store/make-folder.ts'

/** Other users could write to the folder of the socket, and one of them could pose as the server. */
class UnsafeFolder extends Error {
  override name = 'UnsafeFolder'

  constructor(folder: string) {
    super(`${folder} belongs to another user, or other users can enter it. Remove it, or have it removed.`)
  }

  get failureCode(): FailureCode {
    return 'unsafe_folder'
  }
}

/** `sun_path` has 108 bytes on Linux, 104 on macOS and the BSDs, and ends with a zero. */
const maxPathLength = 103

/**
 * Where the server of a data folder listens for commands: in that folder, or, where its path is too long for
 * a socket, in the folder for temporary files, under a name derived from the data folder.
 */
export function controlSocketOf(dataDir: string): { folder: string; socket: string } {
  const real = realPath(dataDir)
  const inside = join(real, 'control')
  const socket = join(inside, 'sigil.sock')
  if (Buffer.byteLength(socket) <= maxPathLength) return { folder: inside, socket }
  const name = createHash('sha256').update(real).digest('hex').slice(0, 20)
  const folder = join(tmpdir(), `sigil-${name}`)
  return { folder, socket: join(folder, 'sigil.sock') }
}

/** Creates the folder, for this user only. */
export function makeSocketFolder(dataDir: string): void {
  const { folder } = controlSocketOf(dataDir)
  makeFolder(folder)
  assertPrivate(folder, [process.getuid?.() ?? 0])
}

/**
 * False where the folder does not exist. Anyone can create folders among the temporary files, and passwords
 * are sent to this one, so its owner is checked.
 */
export function hasSafeSocketFolder(dataDir: string): boolean {
  const { folder } = controlSocketOf(dataDir)
  if (!lstatSync(folder, { throwIfNoEntry: false })) return false
  const ownerOfData = statSync(dataDir, { throwIfNoEntry: false })?.uid
  assertPrivate(folder, [process.getuid?.() ?? 0, ...(ownerOfData === undefined ? [] : [ownerOfData])])
  return true
}

function assertPrivate(folder: string, owners: readonly number[]): void {
  const stats = lstatSync(folder)
  const isPrivate = (stats.mode & 0o077) === 0
  if (!stats.isDirectory() || !isPrivate || !owners.includes(stats.uid)) throw new UnsafeFolder(folder)
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // The folder does not exist yet, so no server uses it.
    return path
  }
}
