import { z } from 'zod'
import { passkeyOriginsOf } from '#src/credentials/passkeys/relying-party.ts'
import { asset } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { World } from '#src/world/world.ts'

const headers = { 'cache-control': 'public, max-age=3600' }

/** WebAuthn section 5.11.1. Browsers request it from the host that is the domain of the passkeys. */
export const relatedOrigins = endpoint({
  summary: 'Returns the origins whose pages may use the passkeys of this server.',
  responses: { 200: z.object({ origins: z.array(z.string()) }) },
  errors: [],
  handle: ({ settings }: World) => {
    const origins = passkeyOriginsOf(settings).filter((origin) => origin.startsWith('http'))
    return asset('application/json', JSON.stringify({ origins }), headers)
  },
})

/** W3C: A Well-Known URL for Relying Party Passkey Endpoints. */
export const passkeyEndpoints = endpoint({
  summary: 'Returns the pages where users add and manage passkeys, for password managers.',
  responses: { 200: z.object({ enroll: z.string(), manage: z.string() }) },
  errors: [],
  handle: ({ settings: { publicUrl } }: World) => {
    const page = `${publicUrl}/account/passkeys`
    return asset('application/json', JSON.stringify({ enroll: page, manage: page }), headers)
  },
})
