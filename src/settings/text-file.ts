import { readFileSync } from 'node:fs'

export type TextFile =
  | { readonly kind: 'text'; readonly text: string }
  /** What is wrong, as it follows the path. */
  | { readonly kind: 'problem'; readonly why: string }

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Reads a file that an operator wrote, without the byte order mark that some editors put first. */
export function readTextFile(path: string): TextFile {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error
    if (reason === 'EISDIR') return { kind: 'problem', why: 'is a folder and not a file' }
    return { kind: 'problem', why: `cannot be read (${reason})` }
  }
  try {
    const text = decoder.decode(bytes)
    return text.trim() === '' ? { kind: 'problem', why: 'is empty' } : { kind: 'text', text }
  } catch {
    return { kind: 'problem', why: 'is not a text in UTF-8' }
  }
}
