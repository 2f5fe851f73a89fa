import { z } from 'zod'
import { json } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { World } from '#src/world/world.ts'

const ProviderBody = z.object({ name: z.string(), title: z.string() }).meta({ id: 'Provider' })

export const listProviders = endpoint({
  summary:
    'Lists the identity providers to sign in with. A browser starts at ' +
    '`/api/v1/auth/providers/NAME/start?next=PATH`.',
  responses: { 200: z.object({ data: z.array(ProviderBody) }) },
  errors: [],
  handle: ({ settings }: World) =>
    json(200, { data: settings.providers.map(({ name, title }) => ({ name, title })) }),
})
