import { type FileHandle, link, lstat, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BackupError } from '#src/backup/backup-error.ts'
import { type Random, randomId } from '#src/platform/random.ts'

/** How much is gathered before it is written. */
const gatheredBytes = 256 * 1024

/** Writes lines from the beginning of a file, whatever stood there. */
export class LineWriter {
  readonly #file: FileHandle
  #gathered: string[] = []
  #length = 0
  #position = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async line(text: string): Promise<void> {
    this.#gathered.push(text, '\n')
    this.#length += text.length
    if (this.#length >= gatheredBytes) await this.flush()
  }

  async flush(): Promise<void> {
    const bytes = Buffer.from(this.#gathered.join(''))
    this.#gathered = []
    this.#length = 0
    await this.#file.write(bytes, 0, bytes.length, this.#position)
    this.#position += bytes.length
  }

  /** Cuts off what an earlier attempt had written beyond this one. */
  async end(): Promise<number> {
    await this.flush()
    await this.#file.truncate(this.#position)
    return this.#position
  }
}

/**
 * Makes a file that is there whole or not at all: a draft beside it, for its owner only, is on the disk
 * before it gets the name. A file that has the name already is left alone.
 */
export async function writeNewFile<T>(
  path: string,
  random: Random,
  write: (draft: FileHandle) => Promise<T>,
): Promise<T> {
  await refuseExisting(path)
  const draft = `${path}.draft-${randomId(random)}`
  const file = await open(draft, 'wx', 0o600).catch(refuse(path))
  try {
    // The mask of the process may have taken more away than others' rights.
    await file.chmod(0o600)
    const outcome = await write(file).catch(refuse(path))
    await file.sync()
    // Unlike a rename, it fails where somebody else made the file meanwhile.
    await link(draft, path).catch(refuse(path))
    await rm(draft)
    await syncFolder(dirname(path))
    return outcome
  } finally {
    await file.close()
    await rm(draft, { force: true })
  }
}

async function refuseExisting(path: string): Promise<void> {
  const seen = await lstat(path).catch(() => undefined)
  if (seen) throw exists(path)
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

/** What the file system said, in a sentence about this file; any other fault is left as it is. */
function refuse(path: string): (error: unknown) => never {
  return (error) => {
    const isSystems = error instanceof Error && 'syscall' in error && 'code' in error
    if (!isSystems) throw error
    if (error.code === 'EEXIST') throw exists(path)
    throw new BackupError(
      'file_unusable',
      `${path} cannot be written (${error.code}). Where a server runs, it is the server that writes ` +
        'the file: name a folder that exists and that it may write to.',
      { cause: error },
    )
  }
}

function exists(path: string): BackupError {
  return new BackupError(
    'file_exists',
    `${path} is there already, and is never overwritten. Take another name.`,
  )
}
