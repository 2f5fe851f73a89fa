import { z } from 'zod'
import { type ListedSession, liveSessionById } from '#src/administration/all-sessions.sql.ts'
import {
  findSessions,
  type SessionAge,
  type SessionFilters,
  sessionAges,
} from '#src/administration/all-sessions.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { download, seeOther } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { everyPage, pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { ChosenField, ChosenQuery, chosenField, maxChosen } from '#src/pages/console/chosen.ts'
import { confirmPage } from '#src/pages/console/confirm-page.ts'
import { consolePage, curl } from '#src/pages/console/console-page.ts'
import { csvLine, csvType } from '#src/pages/console/csv.ts'
import { Filter } from '#src/pages/console/filter.ts'
import { mayChange } from '#src/pages/console/places.ts'
import { sessionColumns, sessionsContent } from '#src/pages/console/sessions/sessions-page.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { table } from '#src/pages/table.ts'
import { textsOf } from '#src/pages/texts.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { end } from '#src/sessions/end.ts'
import { sessionOnWire } from '#src/sessions/on-wire.ts'
import type { World } from '#src/world/world.ts'

const place = '/admin/sessions'
const perPage = 25

const Filters = { q: Filter, started: z.enum(Object.keys(sessionAges) as SessionAge[]).optional() }
const placeOf = ({ lastExpiresAt, id }: ListedSession) => ({ at: lastExpiresAt, id })

export const showSessions = endpoint({
  summary: 'The live sessions of all users, newest first, with search and a filter by age.',
  query: z.object({ ...Filters, cursor: z.string().max(200).optional() }),
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const { q, started, cursor } = call.query
    const filters = { q, started }
    const found = await findSessions(world, filters, { place: readCursor(cursor), limit: perPage })
    const page = pageOf(found, { limit: perPage, placeOf, onWire: (session) => session })
    const texts = textsOf(call)
    const { roles, sessionId } = callerOf(call)
    const content = sessionsContent(texts, {
      sessions: page.data,
      ownId: sessionId,
      filters,
      mayChange: mayChange(roles),
      isFirst: cursor === undefined,
      nextCursor: page.next_cursor,
      now: world.clock.now(),
    })
    const command = curl(world, 'GET', '/users/USER_ID/sessions')
    return consolePage(world, call, { place, title: texts.get('sessions_page'), content, command })
  },
})

export const confirmEndSessions = endpoint({
  summary: 'Lists the sessions to end, for confirmation. `all` selects the newest that match the filters.',
  query: z.object({ ...Filters, id: ChosenQuery, all: z.literal('yes').optional() }),
  responses: { 200: null, 303: null },
  errors: [],
  handle: async (world: World, call) => {
    const { id: ids, all, q, started } = call.query
    const chosen = all ? await matching(world, { q, started }) : await sessionsById(world, ids)
    const own = callerOf(call).sessionId
    const sessions = chosen.filter(({ id }) => id !== own)
    if (sessions.length === 0) return seeOther(place)
    const texts = textsOf(call)
    const [only] = sessions
    const isOne = sessions.length === 1
    return confirmPage(world, call, {
      place,
      title: texts.get('end_sessions_title', { count: sessions.length }),
      subject: texts.get('end_sessions_subject', { count: sessions.length }),
      effects: [
        texts.get('effect_sessions_listed'),
        texts.get('effect_can_sign_in'),
        ...(sessions.length < chosen.length ? [texts.get('effect_own_session_stays')] : []),
        ...(all && chosen.length >= maxChosen
          ? [texts.get('effect_first_chosen', { count: maxChosen })]
          : []),
      ],
      list: table(texts.get('sessions_page'), sessionColumns(texts, world.clock.now()), sessions),
      hidden: { ids: chosenField(sessions.map(({ id }) => id)) },
      action: `${place}/end`,
      button: texts.get('end_sessions_button', { count: sessions.length }),
      cancel: place,
      command: curl(
        world,
        'DELETE',
        isOne && only ? `/users/${only.userId}/sessions/${only.id}` : '/users/USER_ID/sessions/SESSION_ID',
      ),
    })
  },
})

export const sendEndSessions = endpoint({
  summary: 'Ends the listed sessions.',
  body: z.object({ ids: ChosenField }),
  responses: { 303: null },
  errors: [],
  handle: async (world: World, call) => {
    const own = callerOf(call).sessionId
    const sessions = (await sessionsById(world, call.body.ids)).filter(({ id }) => id !== own)
    const propagations = []
    for (const { id, userId } of sessions) {
      const ending = { sessionId: id, userId, reason: 'revoked', by: byCallerOf(call) } as const
      propagations.push((await end(world, ending)).propagated)
    }
    await Promise.all(propagations)
    return seeOtherWithFlash(world, place, 'sessions_ended', sessions.length)
  },
})

async function matching(world: World, filters: SessionFilters): Promise<ListedSession[]> {
  const found = await findSessions(world, filters, { place: readCursor(undefined), limit: maxChosen })
  return found.slice(0, maxChosen)
}

/** The selected sessions that are still live. */
async function sessionsById({ db, clock }: World, ids: readonly string[]): Promise<ListedSession[]> {
  const now = clock.now()
  const found = []
  for (const id of new Set(ids)) found.push(await liveSessionById(db.query, id, now))
  return found.filter((session) => session !== undefined)
}

const columns = {
  id: ({ id }) => id,
  user_id: ({ userId }) => userId,
  email: ({ email }) => email,
  method: ({ method }) => method,
  level: ({ level }) => level,
  ip: ({ client }) => client.address,
  user_agent: ({ client }) => client.userAgent,
  created_at: ({ createdAt }) => rfc3339(createdAt),
  last_used_at: ({ rotatedAt }) => rfc3339(rotatedAt),
  expires_at: ({ expiresAt }) => rfc3339(expiresAt),
} as const satisfies Record<string, (session: ListedSession) => string>

export const downloadSessionsCsv = endpoint({
  summary: 'The live sessions as CSV, with the filters of the page.',
  query: z.object(Filters),
  responses: { 200: null },
  errors: [],
  handle: (world: World, { query }) =>
    download(csvType, 'sigil-sessions.csv', csvLines(world, filtersIn(query))),
})

export const downloadSessionsJson = endpoint({
  summary: 'The live sessions as JSON lines, with the filters of the page.',
  query: z.object(Filters),
  responses: { 200: null },
  errors: [],
  handle: (world: World, { query }) =>
    download('application/x-ndjson', 'sigil-sessions.jsonl', jsonLines(world, filtersIn(query))),
})

const filtersIn = ({ q, started }: { q?: string | undefined; started?: SessionAge | undefined }) => ({
  q,
  started,
})

function everySession(world: World, filters: SessionFilters): AsyncGenerator<ListedSession[]> {
  return everyPage((page) => findSessions(world, filters, page), placeOf)
}

async function* csvLines(world: World, filters: SessionFilters): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns))
  for await (const page of everySession(world, filters)) {
    yield page.map((session) => csvLine(Object.values(columns).map((cellOf) => cellOf(session)))).join('')
  }
}

async function* jsonLines(world: World, filters: SessionFilters): AsyncGenerator<string> {
  for await (const page of everySession(world, filters)) {
    yield page
      .map((session) => {
        const { current: _, ...shown } = sessionOnWire(session, undefined)
        return `${JSON.stringify({ ...shown, user_id: session.userId, email: session.email })}\n`
      })
      .join('')
  }
}
