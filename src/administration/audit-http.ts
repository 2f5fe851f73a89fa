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
    seq: z.int().describe('Position in the log, without gaps'),
    at: z.iso.datetime(),
    event: z.string(),
    actor: z.object({ kind: z.enum(['user', 'nobody', 'cli', 'system']), id: z.string().nullable() }),
    target: z.object({ kind: z.string(), id: z.string().nullable() }),
    ip: z.string().nullable(),
    request_id: z.string().nullable(),
    details: z
      .record(z.string(), z.unknown())
      .describe('Details of the event; `before` and `after` for changes'),
    hash: z.string().describe('Hash of this event and of the hash before it'),
  })
  .meta({ id: 'AuditEvent' })

export const listAllEvents = endpoint({
  summary: 'Lists the events of the audit log, newest first.',
  query: PageQuery.extend({
    event: z.enum(names).optional().describe('Only this kind of event'),
    actor: Id.describe('Only events caused by this user'),
    target: Id.describe('Only events about this user, session or role'),
  }),
  responses: { 200: listOf(EventBody) },
  errors: [],
  handle: async (world: World, { query: { limit, cursor, event, actor, target } }) => {
    const filters = { event, actorId: actor, targetId: target }
    const entries = await listAudit(world, { before: readCursor(cursor).before, limit, filters })
    const placeOf = ({ seq }: Audited) => ({ at: seq, id: 'line' })
    return json(200, pageOf(entries, { limit, placeOf, onWire: eventOnWire }))
  },
})

function eventOnWire(entry: Audited): z.input<typeof EventBody> {
  const { actor, target } = entry
  return {
    seq: entry.seq,
    at: rfc3339(entry.at),
    event: entry.event,
    actor: { kind: actor.kind, id: actor.kind === 'user' ? actor.id : null },
    target: { kind: target.kind, id: target.kind === 'none' ? null : target.id },
    ip: entry.address ?? null,
    request_id: entry.requestId ?? null,
    details: JSON.parse(entry.details) as Record<string, unknown>,
    hash: entry.hash,
  }
}
