import { z } from 'zod'
import { actorIdOf, targetIdOf } from '#src/audit/audit-event.ts'
import type { Filters } from '#src/audit/events.sql.ts'
import { events } from '#src/audit/events.ts'
import { findEvent, listAudit, type ShownEvent } from '#src/audit/list-audit.ts'
import { eventOnWire } from '#src/audit/on-wire.ts'
import { AppError } from '#src/errors/errors.ts'
import { download } from '#src/http/answer.ts'
import { everyPage, pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { withQuery } from '#src/pages/components/pagination.ts'
import { auditContent, eventContent } from '#src/pages/console/audit-page.ts'
import { consolePage, curl } from '#src/pages/console/console-page.ts'
import { csvLine, csvType } from '#src/pages/console/csv.ts'
import { emailsIn } from '#src/pages/console/events-table.ts'
import { Filter } from '#src/pages/console/filter.ts'
import { textsOf } from '#src/pages/texts.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { findByLogin } from '#src/users/find.ts'
import type { World } from '#src/world/world.ts'

const perPage = 25
const names = Object.keys(events) as (keyof typeof events)[]

const AuditQuery = z.object({
  event: z
    .enum(['', ...names])
    .transform((name) => name || undefined)
    .optional(),
  actor: Filter,
  target: Filter,
  cursor: z.string().max(200).optional(),
})

type AuditFilters = Pick<z.output<typeof AuditQuery>, 'event' | 'actor' | 'target'>

/** A user may be named by email or username, which events do not have: they have ids. */
async function inTable({ db }: World, { event, actor, target }: AuditFilters): Promise<Filters> {
  const idOf = async (named: string | undefined) =>
    named === undefined ? undefined : ((await findByLogin(db.query, named))?.id ?? named)
  return { event, actorId: await idOf(actor), targetId: await idOf(target) }
}

export const showAudit = endpoint({
  summary: 'The audit log, newest events first, with filters.',
  query: AuditQuery,
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const { event, actor, target, cursor } = call.query
    const filters = { event, actor, target }
    const place = readCursor(cursor)
    const found = await listAudit(world, { place, limit: perPage, filters: await inTable(world, filters) })
    const placeOf = ({ at, id }: ShownEvent) => ({ at, id })
    const page = pageOf(found, { limit: perPage, placeOf, onWire: (one) => one })
    const texts = textsOf(call)
    const content = auditContent(texts, {
      events: page.data,
      emails: await emailsIn(world, page.data),
      filters,
      isFirst: cursor === undefined,
      nextCursor: page.next_cursor,
      now: world.clock.now(),
    })
    const command = curl(world, 'GET', withQuery('/audit', filters))
    return consolePage(world, call, { place: '/admin/audit', title: texts.get('audit'), content, command })
  },
})

export const showEvent = endpoint({
  summary: 'One event of the audit log, at a URL that does not change.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const event = await findEvent(world, call.params.id ?? '')
    if (!event) throw new AppError('not_found')
    const texts = textsOf(call)
    const emails = await emailsIn(world, [event])
    const content = eventContent(texts, { event, emails, now: world.clock.now() })
    const command = curl(world, 'GET', withQuery('/audit', { event: event.event }))
    return consolePage(world, call, { place: '/admin/audit', title: event.event, content, command })
  },
})

export const downloadCsv = endpoint({
  summary: 'The audit log as CSV, with the filters of the page.',
  query: AuditQuery,
  responses: { 200: null },
  errors: [],
  handle: async (world: World, { query }) =>
    download(csvType, 'sigil-audit.csv', csvLines(world, await inTable(world, query))),
})

export const downloadJsonLines = endpoint({
  summary: 'The audit log as JSON lines, with the filters of the page.',
  query: AuditQuery,
  responses: { 200: null },
  errors: [],
  handle: async (world: World, { query }) =>
    download('application/x-ndjson', 'sigil-audit.jsonl', jsonLines(world, await inTable(world, query))),
})

function everyEvent(world: World, filters: Filters): AsyncGenerator<ShownEvent[]> {
  return everyPage(
    (page) => listAudit(world, { ...page, filters }),
    ({ at, id }) => ({ at, id }),
  )
}

const columns = {
  time: ({ at }) => rfc3339(at),
  event: ({ event }) => event,
  actor_kind: ({ actor }) => actor.kind,
  actor_id: ({ actor }) => actorIdOf(actor),
  target_kind: ({ target }) => target.kind,
  target_id: ({ target }) => targetIdOf(target),
  ip: ({ address }) => address ?? null,
  request_id: ({ requestId }) => requestId ?? null,
  details: ({ details }) => details,
  seq: ({ place }) => place?.seq ?? null,
  id: ({ id }) => id,
} as const satisfies Record<string, (event: ShownEvent) => string | number | null>

async function* csvLines(world: World, filters: Filters): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns))
  for await (const page of everyEvent(world, filters)) {
    yield page.map((event) => csvLine(Object.values(columns).map((cellOf) => cellOf(event)))).join('')
  }
}

async function* jsonLines(world: World, filters: Filters): AsyncGenerator<string> {
  for await (const page of everyEvent(world, filters)) {
    yield page.map((event) => `${JSON.stringify({ id: event.id, ...eventOnWire(event) })}\n`).join('')
  }
}
