import { z } from 'zod'
import type { Connection } from '#src/credentials/upstream/identity.ts'
import { rfc3339 } from '#src/platform/clock.ts'

export const ConnectionBody = z
  .object({
    id: z.string(),
    provider: z.string().describe('The name of the provider, as in `GET /api/v1/auth/providers`'),
    label: z.string().describe('A recognizable name of the account there: an email or a username'),
    issuer: z.string(),
    subject: z.string(),
    linked_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Connection' })

export function connectionOnWire(connection: Connection) {
  const { id, provider, label, issuer, subject, linkedAt, lastUsedAt } = connection
  const lastUsed = lastUsedAt === undefined ? null : rfc3339(lastUsedAt)
  return { id, provider, label, issuer, subject, linked_at: rfc3339(linkedAt), last_used_at: lastUsed }
}
