import { z } from 'zod'
import type { Audited } from '#src/audit/audited.ts'
import { events } from '#src/audit/events.ts'
import { listAudit } from '#src/audit/list-audit.ts'
import { json } from '#src/http/answer.ts'
import { listOf, PageQuery, pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import type { World } from '#src/world/world.ts'

const Id = text({ min: 1, max: 100 }).optional()
const names = Object.keys(events)

const EventBody = z
  .object({
    seq: z.int().describe('Its place in the log: no number is ever left out'),
    at: z.iso.datetime(),
    event: z.string(),
    actor: z.object({ kind: z.enum(['user', 'nobody', 'cli', 'system']), id: z.string().nullable() }),
    target: z.object({ kind: z.string(), id: z.string().nullable() }),
    ip: z.string().nullable(),
    request_id: z.string().nullable(),
    details: z
      .record(z.string(), z.unknown())
      .describe('Facts; `before` and `after` where something changed'),
    hash: z.string().describe('Covers this line and the hash of the one before it'),
  })
  .meta({ id: 'AuditEvent' })

export const listAllEvents = endpoint({
  summary: 'Lists what was done to this server and its users, newest first.',
  query: PageQuery.extend({
    event: z.enum(names).optional().describe('Only this kind'),
    actor: Id.describe('Only what this user did'),
    target: Id.describe('Only what was done to this user, session or role'),
  }),
  responses: { 200: listOf(EventBody) },
  errors: [],
  handle: async (world: World, { query: { limit, cursor, event, actor, target } }) => {
    const filters = { event, actorId: actor, targetId: target }
    const lines = await listAudit(world, { before: readCursor(cursor).before, limit, filters })
    const placeOf = ({ seq }: Audited) => ({ at: seq, id: 'line' })
    return json(200, pageOf(lines, { limit, placeOf, onWire: lineOnWire }))
  },
})

function lineOnWire(line: Audited): z.input<typeof EventBody> {
  const { actor, target } = line
  return {
    seq: line.seq,
    at: rfc3339(line.at),
    event: line.event,
    actor: { kind: actor.kind, id: actor.kind === 'user' ? actor.id : null },
    target: { kind: target.kind, id: target.kind === 'none' ? null : target.id },
    ip: line.address ?? null,
    request_id: line.requestId ?? null,
    details: JSON.parse(line.details) as Record<string, unknown>,
    hash: line.hash,
  }
}
