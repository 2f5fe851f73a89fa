import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Answer, asset } from '#src/http/answer.ts'

/** File names change with the content, so browsers may cache forever. */
const year = { 'cache-control': 'public, max-age=31536000, immutable', 'x-content-type-options': 'nosniff' }

/** A file of the pages: its path and its response. */
export type AssetFile = { readonly path: string; readonly answer: Answer }

const files: AssetFile[] = []

export const stylesheet = register('sigil', 'css', 'text/css; charset=utf-8')
export const consoleStylesheet = register('console', 'css', 'text/css; charset=utf-8')
export const referenceStylesheet = register('reference', 'css', 'text/css; charset=utf-8')
export const icon = register('icon', 'svg', 'image/svg+xml')
export const pageScript = register('pages', 'js', 'text/javascript; charset=utf-8')
export const passkeyScript = register('passkeys', 'js', 'text/javascript; charset=utf-8')
export const referenceScript = register('reference', 'js', 'text/javascript; charset=utf-8')
export const sendScript = register('send', 'js', 'text/javascript; charset=utf-8')
export const consoleScript = register('console', 'js', 'text/javascript; charset=utf-8')

/** The files that are the same for every server. */
export const assetFiles: readonly AssetFile[] = files

/** Reads a file of the assets folder at start and returns its URL path. */
function register(name: string, extension: string, type: string): string {
  const text = readFileSync(new URL(`assets/${name}.${extension}`, import.meta.url), 'utf8')
  const bytes = Buffer.from(compact(text))
  const file = fileOf({ name, extension, type, bytes })
  files.push(file)
  return file.path
}

/**
 * Without comments and indentation, which are only for developers. The sources have both on separate lines.
 */
function compact(text: string): string {
  return text
    .replaceAll(/^\s*\/\*(?:(?!\*\/)[\s\S])*\*\/\s*$/gm, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/\n\s+/g, '\n')
    .trim()
}

type Content = {
  readonly name: string
  readonly extension: string
  readonly type: string
  readonly bytes: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** A file whose path contains a hash of its content. */
export function fileOf({ name, extension, type, bytes, headers }: Content): AssetFile {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  return {
    path: `/assets/${name}.${hash}.${extension}`,
    answer: asset(type, bytes, { ...year, ...headers }),
  }
}
