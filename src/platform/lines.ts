import { createReadStream } from 'node:fs'
import type { CommandFailure } from '#src/platform/operator-error.ts'

/** A line that never ends must not fill the memory. */
export class EndlessLine extends Error {
  override name = 'EndlessLine'
}

/** The file system does not give us the file. */
export class UnreadableFile extends Error {
  override name = 'UnreadableFile'
  readonly isMissing: boolean

  constructor(path: string, code: unknown, options?: ErrorOptions) {
    const isMissing = code === 'ENOENT'
    const why = `${path} cannot be read (${code}). Where a server runs, it is the server that reads the file.`
    super(isMissing ? `There is no file ${path}.` : why, options)
    this.isMissing = isMissing
  }

  get commandFailure(): CommandFailure {
    return this.isMissing
      ? { code: 'file_missing', exit: 'notFound' }
      : { code: 'file_unusable', exit: 'failed' }
  }
}

/**
 * The lines of a file, one after the other, as bytes between newlines: other characters that end a line in
 * some programs may stand in a name. The last one comes too where no newline ends it, and says so.
 */
export async function* linesOf(
  path: string,
  longest: number,
): AsyncGenerator<{ readonly bytes: Buffer; readonly isEnded: boolean }> {
  let rest = Buffer.alloc(0)
  const stream = createReadStream(path, { highWaterMark: 1024 * 1024 })
  try {
    for await (const chunk of stream) {
      let bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
        yield { bytes: bytes.subarray(0, end), isEnded: true }
        bytes = bytes.subarray(end + 1)
      }
      if (bytes.length > longest) throw new EndlessLine(`A line of ${path} has more than ${longest} bytes.`)
      rest = Buffer.from(bytes)
    }
    if (rest.length > 0) yield { bytes: rest, isEnded: false }
  } catch (error) {
    const isSystems = error instanceof Error && 'syscall' in error && 'code' in error
    throw isSystems ? new UnreadableFile(path, error.code, { cause: error }) : error
  } finally {
    stream.destroy()
  }
}

/** The text of bytes that are UTF-8, and undefined where they are not. */
export function utf8(bytes: Buffer): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
