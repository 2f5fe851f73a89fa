import { z } from 'zod'
import { events } from '#src/audit/events.ts'
import { listAudit } from '#src/audit/list-audit.ts'
import { eventOnWire } from '#src/audit/on-wire.ts'
import { json } from '#src/http/answer.ts'
import { listOf, PageQuery, pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import type { World } from '#src/world/world.ts'

const Id = text({ min: 1, max: 100 }).optional()
const names = Object.keys(events)

const EventBody = z
  .object({
    seq: z.int().nullable().describe('Its number in the log, without gaps. Null until the event is sealed'),
    sealed: z
      .boolean()
      .describe('Whether the event is in the hash chain yet, usually after a tenth of a second'),
    at: z.iso.datetime(),
    event: z.string(),
    actor: z.object({
      kind: z.enum(['user', 'verifier', 'nobody', 'cli', 'system']),
      id: z.string().nullable(),
    }),
    target: z.object({ kind: z.string(), id: z.string().nullable() }),
    ip: z.string().nullable(),
    request_id: z.string().nullable(),
    details: z
      .record(z.string(), z.unknown())
      .describe('Facts; `before` and `after` where something changed'),
    erased: z
      .boolean()
      .describe('True if personal details (names, email, IP address) were deleted with their user'),
    hash: z
      .string()
      .nullable()
      .describe('Covers this event and the hash of the previous one. Null until the event is sealed'),
  })
  .meta({ id: 'AuditEvent' })

export const listAllEvents = endpoint({
  summary: 'Lists the audit log, newest events first.',
  query: PageQuery.extend({
    event: z.enum(names).optional().describe('Only events with this name'),
    actor: Id.describe('Only events caused by this user or resource server'),
    target: Id.describe('Only events about this user, session, role, verifier or key'),
  }),
  responses: { 200: listOf(EventBody) },
  errors: [],
  handle: async (world: World, { query: { limit, cursor, event, actor, target } }) => {
    const filters = { event, actorId: actor, targetId: target }
    const found = await listAudit(world, { place: readCursor(cursor), limit, filters })
    return json(200, pageOf(found, { limit, placeOf: ({ at, id }) => ({ at, id }), onWire: eventOnWire }))
  },
})
