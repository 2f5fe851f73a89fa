import { type FileHandle, link, lstat, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BackupError } from '#src/backup/backup-error.ts'
import { type Random, randomId } from '#src/platform/random.ts'

/** Buffer size of a write. */
const bufferBytes = 256 * 1024

/** Writes lines from the start of a file, over any earlier content. */
export class LineWriter {
  readonly #file: FileHandle
  readonly #signal: AbortSignal | undefined
  #buffer: string[] = []
  #length = 0
  #position = 0

  /** Throws from the next write on once the signal is aborted. */
  constructor(file: FileHandle, signal?: AbortSignal) {
    this.#file = file
    this.#signal = signal
  }

  async line(text: string): Promise<void> {
    this.#buffer.push(text, '\n')
    this.#length += text.length
    if (this.#length >= bufferBytes) await this.flush()
  }

  async flush(): Promise<void> {
    this.#signal?.throwIfAborted()
    const bytes = Buffer.from(this.#buffer.join(''))
    this.#buffer = []
    this.#length = 0
    await this.#file.write(bytes, 0, bytes.length, this.#position)
    this.#position += bytes.length
  }

  /** Truncates the rest of a longer earlier attempt. Returns the size. */
  async end(): Promise<number> {
    await this.flush()
    await this.#file.truncate(this.#position)
    return this.#position
  }
}

/**
 * Creates a file completely or not at all: a draft in the same folder, readable only by its owner, is synced
 * to disk before it gets the name. An existing file of that name is never replaced.
 */
export async function writeNewFile<T>(
  path: string,
  random: Random,
  write: (draft: FileHandle) => Promise<T>,
): Promise<T> {
  await assertNew(path)
  const draft = `${path}.draft-${randomId(random)}`
  const file = await open(draft, 'wx', 0o600).catch(rejectWith(path))
  try {
    // The umask of the process may have removed rights of the owner.
    await file.chmod(0o600)
    const outcome = await write(file).catch(rejectWith(path))
    await file.sync()
    // Unlike a rename, a hard link fails if the file was created in the meantime.
    await link(draft, path).catch(rejectWith(path))
    await rm(draft)
    await syncFolder(dirname(path))
    return outcome
  } finally {
    await file.close()
    await rm(draft, { force: true })
  }
}

async function assertNew(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats) throw exists(path)
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

/** Turns an error of the file system into a message about this file; throws other errors as they are. */
function rejectWith(path: string): (error: unknown) => never {
  return (error) => {
    const isSystemError = error instanceof Error && 'syscall' in error && 'code' in error
    if (!isSystemError) throw error
    if (error.code === 'EEXIST') throw exists(path)
    throw new BackupError(
      'file_unusable',
      `${path} cannot be written (${error.code}). If a server is running, it is the server that writes ` +
        'the file: choose an existing folder that it may write to.',
      { cause: error },
    )
  }
}

function exists(path: string): BackupError {
  return new BackupError(
    'file_exists',
    `${path} already exists and is never overwritten. Choose another name.`,
  )
}
