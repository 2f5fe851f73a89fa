import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, asset } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { World } from '#src/world/world.ts'

/** File names change with the content, so browsers may cache for ever. */
const year = { 'cache-control': 'public, max-age=31536000, immutable', 'x-content-type-options': 'nosniff' }

const responses = new Map<string, Answer>()

export const stylesheet = register('sigil', 'css', 'text/css; charset=utf-8')
export const icon = register('icon', 'svg', 'image/svg+xml')
export const passkeyScript = register('passkeys', 'js', 'text/javascript; charset=utf-8')
export const sendScript = register('send', 'js', 'text/javascript; charset=utf-8')
export const consoleScript = register('console', 'js', 'text/javascript; charset=utf-8')

/** Reads a file of the assets folder at start and returns the path it is served at. */
function register(name: string, extension: string, type: string): string {
  const bytes = readFileSync(new URL(`assets/${name}.${extension}`, import.meta.url))
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const file = `${name}.${hash}.${extension}`
  responses.set(file, asset(type, bytes, year))
  return `/assets/${file}`
}

export const assetFile = endpoint({
  summary: 'A stylesheet, script or image of the pages.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: (_world: World, call) => {
    const answer = responses.get(call.params.file ?? '')
    if (!answer) throw new AppError('not_found')
    return answer
  },
})
