import { z } from 'zod'
import { AppError } from '#src/errors/errors.ts'
import { asset } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'
import type { Settings } from '#src/settings/settings.ts'
import type { World } from '#src/world/world.ts'

const dayMs = 24 * 60 * 60 * 1000
/** Section 2.5.5 wants less than a year, so that nobody relies on a file that nobody looks after. */
const goodForDays = 90

/** RFC 9116. */
export const securityTxt = endpoint({
  summary: 'Whom to tell of a weakness, where the operator has said so.',
  responses: { 200: z.string() },
  errors: ['not_found'],
  mediaType: 'text/plain; charset=utf-8',
  handle: ({ settings, clock }: World) => {
    const text = textOf(settings, clock.now())
    if (text === undefined) throw new AppError('not_found')
    return asset('text/plain; charset=utf-8', text, { 'cache-control': 'public, max-age=3600' })
  },
})

/** It expires at a midnight, so that it is the same all day. */
function textOf({ securityContact, publicUrl }: Settings, now: Instant): string | undefined {
  if (securityContact === undefined) return undefined
  const midnight = Math.floor(now / dayMs) * dayMs
  const lines = [
    `Contact: ${securityContact}`,
    `Expires: ${rfc3339(midnight + goodForDays * dayMs)}`,
    `Canonical: ${publicUrl}/.well-known/security.txt`,
  ]
  return `${lines.join('\n')}\n`
}
