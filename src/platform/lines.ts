import { createReadStream } from 'node:fs'
import type { FailureCode } from '#src/platform/operator-error.ts'

/** A line is longer than the limit, which bounds memory use. */
export class EndlessLine extends Error {
  override name = 'EndlessLine'
}

/** A file is missing or cannot be read. */
export class UnreadableFile extends Error {
  override name = 'UnreadableFile'
  readonly isMissing: boolean

  constructor(path: string, code: unknown, options?: ErrorOptions) {
    const isMissing = code === 'ENOENT'
    const message = `${path} cannot be read (${code}). If a server is running, the server reads the file.`
    super(isMissing ? `There is no file ${path}.` : message, options)
    this.isMissing = isMissing
  }

  get failureCode(): FailureCode {
    return this.isMissing ? 'file_missing' : 'file_unusable'
  }
}

/**
 * The lines of a file as the bytes between newlines; other line separators may be part of a name. `isEnded`
 * is false for a last line without a newline.
 */
export async function* linesOf(
  path: string,
  maxBytes: number,
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
      if (bytes.length > maxBytes) throw new EndlessLine(`A line of ${path} has more than ${maxBytes} bytes.`)
      rest = Buffer.from(bytes)
    }
    if (rest.length > 0) yield { bytes: rest, isEnded: false }
  } catch (error) {
    const isSystemError = error instanceof Error && 'syscall' in error && 'code' in error
    throw isSystemError ? new UnreadableFile(path, error.code, { cause: error }) : error
  } finally {
    stream.destroy()
  }
}

/** Decodes UTF-8; undefined if the bytes are invalid. */
export function utf8(bytes: Buffer): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
