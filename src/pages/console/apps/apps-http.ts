import { z } from 'zod'
import { type App, appKinds } from '#src/apps/app.ts'
import { appById, secretDates } from '#src/apps/apps.sql.ts'
import { appIdsMatching } from '#src/apps/listed-apps.sql.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { appContent, maxCountedGrants } from '#src/pages/console/apps/app-page.ts'
import { appStates, appsContent } from '#src/pages/console/apps/apps-page.ts'
import { consolePage, curl } from '#src/pages/console/console-page.ts'
import { Filter } from '#src/pages/console/filter.ts'
import { mayChange } from '#src/pages/console/places.ts'
import { textsOf } from '#src/pages/texts.ts'
import { countGrantsOfApp } from '#src/sessions/grants.sql.ts'
import { containing } from '#src/users/list.ts'
import type { World } from '#src/world/world.ts'

const perPage = 25

export const showApps = endpoint({
  summary: 'The apps, newest first, with search and a filter by kind.',
  query: z.object({
    q: Filter,
    kind: z.enum(appKinds).optional(),
    state: z.enum(appStates).optional(),
    cursor: z.string().max(200).optional(),
  }),
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const { q, kind, state, cursor } = call.query
    const { query } = world.db
    const like = q === undefined ? null : containing(q.toLowerCase())
    const ids = await appIdsMatching(query, {
      ...{ like, kind: kind ?? null, state: state ?? null, limit: perPage + 1 },
      ...readCursor(cursor),
    })
    const found = await Promise.all(ids.map((id) => appById(query, id)))
    const apps = found.filter((app) => app !== undefined)
    const placeOf = ({ createdAt, clientId }: App) => ({ at: createdAt, id: clientId })
    const page = pageOf(apps, { limit: perPage, placeOf, onWire: (app) => app })
    const texts = textsOf(call)
    const content = appsContent(texts, {
      apps: page.data,
      filters: { q, kind, state },
      mayChange: mayChange(callerOf(call).roles),
      isFirst: cursor === undefined,
      nextCursor: page.next_cursor,
      now: world.clock.now(),
    })
    const command = curl(world, 'GET', '/apps')
    return consolePage(world, call, { place: '/admin/apps', title: texts.get('apps_list'), content, command })
  },
})

export const showApp = endpoint({
  summary: 'One app: settings, APIs, secrets, use and actions.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const app = await appOfPage(world, call)
    const { clientId } = app
    const now = world.clock.now()
    const content = appContent(textsOf(call), {
      app,
      settings: world.settings,
      secrets: await secretDates(world.db.query, clientId),
      grants: await countGrantsOfApp(world.db.query, { clientId, now, max: maxCountedGrants }),
      mayChange: mayChange(callerOf(call).roles) && !app.isManaged,
      now,
    })
    const command = curl(world, 'GET', `/apps/${encodeURIComponent(clientId)}`)
    return consolePage(world, call, { place: '/admin/apps', title: app.name, content, command })
  },
})

/** The app in the URL of a page. */
export async function appOfPage({ db }: World, call: Call): Promise<App> {
  const app = await appById(db.query, call.params.id ?? '')
  if (!app) throw new AppError('not_found')
  return app
}
