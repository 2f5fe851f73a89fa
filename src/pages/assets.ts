import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, asset } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { World } from '#src/world/world.ts'

/** A name changes with what is in the file, so a browser never asks twice for what it has. */
const year = { 'cache-control': 'public, max-age=31536000, immutable', 'x-content-type-options': 'nosniff' }

const responses = new Map<string, Answer>()

export const stylesheet = kept('sigil', 'css', 'text/css; charset=utf-8')
export const icon = kept('icon', 'svg', 'image/svg+xml')

/** Reads a file of the assets folder at start and gives the path it is served at. */
function kept(name: string, extension: string, type: string): string {
  const bytes = readFileSync(new URL(`assets/${name}.${extension}`, import.meta.url))
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const file = `${name}.${hash}.${extension}`
  responses.set(file, asset(type, bytes, year))
  return `/assets/${file}`
}

export const assetFile = endpoint({
  summary: 'A stylesheet or picture of our pages.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: (_world: World, call) => {
    const answer = responses.get(call.params.file ?? '')
    if (!answer) throw new AppError('not_found')
    return answer
  },
})
