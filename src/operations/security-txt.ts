import { z } from 'zod'
import { AppError } from '#src/errors/errors.ts'
import { asset } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'
import type { Settings } from '#src/settings/settings.ts'
import type { World } from '#src/world/world.ts'

const dayMs = 24 * 60 * 60 * 1000
/** RFC 9116 section 2.5.5 recommends less than a year. */
const validDays = 90

/** RFC 9116. */
export const securityTxt = endpoint({
  summary: 'Returns the contact for security reports, if the operator has set one.',
  responses: { 200: z.string() },
  errors: ['not_found'],
  mediaType: 'text/plain; charset=utf-8',
  handle: ({ settings, clock }: World) => {
    const text = textOf(settings, clock.now())
    if (text === undefined) throw new AppError('not_found')
    return asset('text/plain; charset=utf-8', text, { 'cache-control': 'public, max-age=3600' })
  },
})

/** Expires at midnight, so that the text is the same all day. */
function textOf({ securityContact, publicUrl }: Settings, now: Instant): string | undefined {
  if (securityContact === undefined) return undefined
  const midnight = Math.floor(now / dayMs) * dayMs
  const lines = [
    `Contact: ${securityContact}`,
    `Expires: ${rfc3339(midnight + validDays * dayMs)}`,
    `Canonical: ${publicUrl}/.well-known/security.txt`,
  ]
  return `${lines.join('\n')}\n`
}
