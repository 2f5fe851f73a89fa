import { z } from 'zod'
import { addApi, changeApi } from '#src/apps/add-api.ts'
import { addApp, changeApp } from '#src/apps/add-app.ts'
import { apiByName, listApis } from '#src/apps/apis.sql.ts'
import { appById, listAppIds } from '#src/apps/apps.sql.ts'
import { disable, enable, removeApp } from '#src/apps/end-app.ts'
import {
  ApiBody,
  ApiEditBody,
  AppBody,
  AppEditBody,
  apiOnWire,
  appFieldsFrom,
  appOnWire,
  emptyApp,
  NewApiBody,
  NewAppBody,
} from '#src/apps/on-wire.ts'
import { removeApi } from '#src/apps/remove-api.ts'
import { rotateSecret } from '#src/apps/rotate-secret.ts'
import { emptySite } from '#src/apps/site-on-wire.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { empty, json } from '#src/http/answer.ts'
import { listOf, PageQuery, pageByName, pageOf, readCursor, readName } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { emptyWhenRevoked } from '#src/tokens/answer-when-revoked.ts'
import type { World } from '#src/world/world.ts'

const ClientSecret = z.string().describe('Shown only once')

export const listAllApps = endpoint({
  summary: 'Lists apps, newest first.',
  query: PageQuery,
  responses: { 200: listOf(AppBody) },
  errors: [],
  handle: async ({ db }: World, { query: { limit, cursor } }) => {
    const ids = await listAppIds(db.query, { ...readCursor(cursor), limit: limit + 1 })
    const found = await Promise.all(ids.map((one) => appById(db.query, one)))
    const apps = found.filter((app) => app !== undefined)
    const placeOf = ({ createdAt, clientId }: (typeof apps)[number]) => ({ at: createdAt, id: clientId })
    return json(200, pageOf(apps, { limit, placeOf, onWire: appOnWire }))
  },
})

export const createOneApp = endpoint({
  summary: 'Registers an app and returns its client secret, if it has one, once.',
  body: NewAppBody,
  responses: { 201: z.object({ app: AppBody, client_secret: ClientSecret.optional() }) },
  headers: { Location: 'URL of the app' },
  errors: [],
  handle: async (world: World, call) => {
    const { name, kind, ...fields } = call.body
    const { site, ...given } = appFieldsFrom(fields)
    const input = { ...emptyApp, name, kind, ...given, site: site && { ...emptySite, ...site } }
    const { app, secret } = await addApp(world, { ...input, by: byCallerOf(call) })
    const body = { app: appOnWire(app), ...(secret && { client_secret: secret }) }
    return json(201, body, { location: `/api/v1/apps/${app.clientId}` })
  },
})

export const showOneApp = endpoint({
  summary: 'Returns an app.',
  responses: { 200: AppBody },
  errors: ['not_found'],
  handle: async ({ db }: World, { params }) => {
    const app = await appById(db.query, params.id ?? '')
    if (!app) throw new AppError('not_found')
    return json(200, appOnWire(app))
  },
})

export const editOneApp = endpoint({
  summary: 'Changes an app; absent fields stay. Its kind cannot be changed.',
  body: AppEditBody,
  responses: { 200: AppBody },
  errors: ['not_found', 'managed_by_file'],
  handle: async (world: World, call) => {
    const { name, ...fields } = call.body
    const edit = { ...(name !== undefined && { name }), ...appFieldsFrom(fields) }
    const change = { clientId: call.params.id ?? '', edit, by: byCallerOf(call) }
    return json(200, appOnWire(await changeApp(world, change)))
  },
})

export const deleteOneApp = endpoint({
  summary: 'Removes an app. No token of it is accepted once the response is sent.',
  responses: { 204: null, 202: null },
  errors: ['not_found', 'managed_by_file'],
  handle: async (world: World, call) => {
    const { propagated } = await removeApp(world, { clientId: call.params.id ?? '', by: byCallerOf(call) })
    return emptyWhenRevoked(call, propagated)
  },
})

export const disableOneApp = endpoint({
  summary: 'Disables an app: it gets no tokens, and its existing tokens are revoked everywhere.',
  responses: { 204: null, 202: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { propagated } = await disable(world, { clientId: call.params.id ?? '', by: byCallerOf(call) })
    return emptyWhenRevoked(call, propagated)
  },
})

export const enableOneApp = endpoint({
  summary: 'Enables a disabled app. Its earlier tokens stay revoked.',
  responses: { 200: AppBody },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const app = await enable(world, { clientId: call.params.id ?? '', by: byCallerOf(call) })
    return json(200, appOnWire(app))
  },
})

export const rotateOneSecret = endpoint({
  summary: 'Rotates the client secret. The previous one works until the next rotation, or is revoked now.',
  body: z.strictObject({ end_previous: z.boolean().default(false) }),
  responses: { 200: z.object({ client_secret: ClientSecret }) },
  errors: ['not_found', 'app_without_secret', 'managed_by_file'],
  handle: async (world: World, call) => {
    const rotation = { clientId: call.params.id ?? '', endsOld: call.body.end_previous }
    return json(200, { client_secret: await rotateSecret(world, { ...rotation, by: byCallerOf(call) }) })
  },
})

export const listAllApis = endpoint({
  summary: 'Lists APIs by name.',
  query: PageQuery,
  responses: { 200: listOf(ApiBody) },
  errors: [],
  handle: async ({ db }: World, { query: { limit, cursor } }) => {
    const after = readName(cursor)
    const apis = await listApis(db.query, { after, limit: limit + 1 })
    return json(200, pageByName(apis, { limit, onWire: apiOnWire }))
  },
})

export const createOneApi = endpoint({
  summary: 'Registers an API, for which apps can get access tokens.',
  body: NewApiBody,
  responses: { 201: z.object({ api: ApiBody }) },
  headers: { Location: 'URL of the API' },
  errors: ['api_exists'],
  handle: async (world: World, call) => {
    const { open: isOpen, ...fields } = call.body
    const api = await addApi(world, { ...fields, isOpen, by: byCallerOf(call) })
    return json(201, { api: apiOnWire(api) }, { location: `/api/v1/apis/${api.name}` })
  },
})

export const showOneApi = endpoint({
  summary: 'Returns an API.',
  responses: { 200: ApiBody },
  errors: ['not_found'],
  handle: async ({ db }: World, { params }) => {
    const api = await apiByName(db.query, params.name ?? '')
    if (!api) throw new AppError('not_found')
    return json(200, apiOnWire(api))
  },
})

export const editOneApi = endpoint({
  summary: 'Changes an API; absent fields stay. If given, `scopes` replaces all of its scopes.',
  body: ApiEditBody,
  responses: { 200: ApiBody },
  errors: ['not_found', 'managed_by_file'],
  handle: async (world: World, call) => {
    const { scopes, open: isOpen } = call.body
    const change = { name: call.params.name ?? '', edit: { scopes, isOpen }, by: byCallerOf(call) }
    return json(200, apiOnWire(await changeApi(world, change)))
  },
})

export const deleteOneApi = endpoint({
  summary: 'Removes an API that no app uses.',
  responses: { 204: null },
  errors: ['not_found', 'api_in_use', 'managed_by_file'],
  handle: async (world: World, call) => {
    await removeApi(world, { name: call.params.name ?? '', by: byCallerOf(call) })
    return empty(204)
  },
})
