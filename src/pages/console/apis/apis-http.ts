import { z } from 'zod'
import { addApi, changeApi } from '#src/apps/add-api.ts'
import type { Api } from '#src/apps/api.ts'
import { apiByName, listApis } from '#src/apps/apis.sql.ts'
import { appsOfApi } from '#src/apps/listed-apps.sql.ts'
import { NewApiBody, ScopesField } from '#src/apps/on-wire.ts'
import { removeApi } from '#src/apps/remove-api.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { validated } from '#src/errors/field-errors.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { pageByName, readName } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { text } from '#src/http/text.ts'
import {
  apiContent,
  apisContent,
  newApiForm,
  scopesForm,
  scopesIn,
  scopesText,
} from '#src/pages/console/apis/apis-page.ts'
import { confirmPage } from '#src/pages/console/confirm-page.ts'
import { consolePage, curl } from '#src/pages/console/console-page.ts'
import { mayChange } from '#src/pages/console/places.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { Typed } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { textsOf } from '#src/pages/texts.ts'
import { verifiersOf } from '#src/revocations/verifiers.sql.ts'
import type { World } from '#src/world/world.ts'

const place = '/admin/apis'
const perPage = 50
const maxShownApps = 200
const Scopes = text({ min: 0, max: 60_000 }).default('')

export const showApis = endpoint({
  summary: 'The APIs by name.',
  query: z.object({ cursor: z.string().max(2000).optional() }),
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const { cursor } = call.query
    const after = readName(cursor)
    const found = await listApis(world.db.query, { after, limit: perPage + 1 })
    const page = pageByName(found, { limit: perPage, onWire: (api) => api })
    const texts = textsOf(call)
    const content = apisContent(texts, {
      apis: page.data,
      mayChange: mayChange(callerOf(call).roles),
      isFirst: cursor === undefined,
      nextCursor: page.next_cursor,
      now: world.clock.now(),
    })
    const command = curl(world, 'GET', '/apis')
    return consolePage(world, call, { place, title: texts.get('apis_page'), content, command })
  },
})

export const showApi = endpoint({
  summary: 'One API: audience, scopes, apps, verifier keys and actions.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const api = await apiOfPage(world, call)
    const content = apiContent(textsOf(call), {
      api,
      apps: await appsOfApi(world.db.query, api.id, maxShownApps),
      verifiers: await verifiersOf(world.db.query, api.id),
      mayChange: mayChange(callerOf(call).roles),
      now: world.clock.now(),
    })
    const command = curl(world, 'GET', `/apis/${api.name}`)
    return consolePage(world, call, { place, title: api.name, content, command })
  },
})

async function apiOfPage({ db }: World, call: Call): Promise<Api> {
  const api = await apiByName(db.query, call.params.name ?? '')
  if (!api) throw new AppError('not_found')
  return api
}

const example = {
  name: 'notes',
  audience: 'https://notes.example.com',
  scopes: { read: 'Read your notes' },
}

type NewForm = {
  readonly typed: { readonly name: string; readonly audience: string; readonly scopes: string }
  readonly errors: FormErrors | undefined
}

function newApiPage(world: World, call: Call, shown: NewForm) {
  const texts = textsOf(call)
  const title = texts.get('add_api')
  const content = html`<section class="sheet narrow"><h1>${title}</h1>
<p class="lead">${texts.get('add_api_hint')}</p>${newApiForm(texts, shown)}</section>`
  const command = curl(world, 'POST', '/apis', example)
  return consolePage(world, call, { place, title, content, command, status: shown.errors?.status ?? 200 })
}

export const showNewApi = endpoint({
  summary: 'The form that registers an API.',
  responses: { 200: null },
  errors: [],
  handle: (world: World, call) =>
    newApiPage(world, call, { typed: { name: '', audience: '', scopes: '' }, errors: undefined }),
})

export const sendNewApi = endpoint({
  summary: 'Registers an API.',
  body: z.object({ name: Typed, audience: Typed, scopes: Scopes }),
  responses: { 303: null },
  errors: ['api_exists'],
  handle: async (world: World, call) => {
    const { name, audience, scopes } = call.body
    const typed = { name: name.trim(), audience: audience.trim(), scopes }
    const result = await attempt(() => {
      const input = validated(NewApiBody, { ...typed, scopes: scopesIn(scopes) })
      const { open: isOpen, ...fields } = input
      return addApi(world, { ...fields, isOpen, by: byCallerOf(call) })
    })
    if (result.kind === 'done') return seeOtherWithFlash(world, `${place}/${result.value.name}`, 'api_added')
    const errors = formErrorsOf(textsOf(call), result.error, { api_exists: 'name' })
    return newApiPage(world, call, { typed, errors })
  },
})

function scopesPage(
  world: World,
  call: Call,
  { name, scopes, errors }: { name: string; scopes: string; errors: FormErrors | undefined },
) {
  const texts = textsOf(call)
  const title = texts.get('edit_scopes_of', { api: name })
  const content = html`<section class="sheet narrow"><h1>${title}</h1>
<p class="lead">${texts.get('edit_scopes_hint')}</p>${scopesForm(texts, { name, scopes, errors })}</section>`
  const command = curl(world, 'PATCH', `/apis/${name}`, { scopes: scopesIn(scopes) })
  return consolePage(world, call, { place, title, content, command, status: errors?.status ?? 200 })
}

export const showScopes = endpoint({
  summary: 'The form that replaces the scopes of an API.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { name, scopes } = await apiOfPage(world, call)
    return scopesPage(world, call, { name, scopes: scopesText(scopes), errors: undefined })
  },
})

export const sendScopes = endpoint({
  summary: 'Replaces the scopes of an API.',
  body: z.object({ scopes: Scopes }),
  responses: { 303: null },
  errors: ['not_found', 'managed_by_file'],
  handle: async (world: World, call) => {
    const { name } = await apiOfPage(world, call)
    const typed = call.body.scopes
    const result = await attempt(() => {
      const { scopes } = validated(z.object({ scopes: ScopesField }), { scopes: scopesIn(typed) })
      return changeApi(world, { name, edit: { scopes }, by: byCallerOf(call) })
    })
    if (result.kind === 'done') return seeOtherWithFlash(world, `${place}/${name}`, 'api_changed')
    const errors = formErrorsOf(textsOf(call), result.error)
    return scopesPage(world, call, { name, scopes: typed, errors })
  },
})

export const confirmRemoveApi = endpoint({
  summary: 'Confirmation page for removing an API.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const api = await apiOfPage(world, call)
    const texts = textsOf(call)
    return confirmPage(world, call, {
      place,
      title: texts.get('remove_api_title'),
      subject: html`${api.name} <code>${api.audience}</code>`,
      effects: [texts.get('effect_api_unused'), texts.get('effect_not_undone')],
      action: `${place}/${api.name}/remove`,
      button: texts.get('remove_permanently'),
      cancel: `${place}/${api.name}`,
      command: curl(world, 'DELETE', `/apis/${api.name}`),
    })
  },
})

export const sendRemoveApi = endpoint({
  summary: 'Removes an API that no app uses.',
  responses: { 303: null },
  errors: ['not_found', 'managed_by_file', 'api_in_use'],
  handle: async (world: World, call) => {
    await removeApi(world, { name: call.params.name ?? '', by: byCallerOf(call) })
    return seeOtherWithFlash(world, place, 'api_removed')
  },
})
