import { addApp, changeApp } from '#src/apps/add-app.ts'
import { listApis } from '#src/apps/apis.sql.ts'
import type { App } from '#src/apps/app.ts'
import { AppEditBody, appFieldsFrom, emptyApp, NewAppBody } from '#src/apps/on-wire.ts'
import { emptySite } from '#src/apps/site-on-wire.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { validated } from '#src/errors/field-errors.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import {
  AppForm,
  appForm,
  bodyOf,
  emptyForm,
  formOf,
  type TypedApp,
  typedIn,
} from '#src/pages/console/apps/app-form.ts'
import { isReadOnly } from '#src/pages/console/apps/app-page.ts'
import { appPath } from '#src/pages/console/apps/app-path.ts'
import { appOfPage } from '#src/pages/console/apps/apps-http.ts'
import { clientSecretPage } from '#src/pages/console/apps/client-secret-page.ts'
import { consolePage, curl } from '#src/pages/console/console-page.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { textsOf } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

const place = '/admin/apps'
const maxApis = 200

type Form = { readonly typed: TypedApp; readonly errors: FormErrors | undefined }

async function formPage(world: World, call: Call, { typed, errors, app }: Form & { app?: App }) {
  const texts = textsOf(call)
  const path = app ? appPath(app.clientId) : place
  const title = app ? texts.get('edit_app', { app: app.name }) : texts.get('add_app')
  const hint = texts.get(app ? 'edit_app_hint' : 'add_app_hint')
  const content = html`<section class="sheet narrow"><h1>${title}</h1><p class="lead">${hint}</p>
${appForm(texts, {
  action: app ? `${path}/edit` : `${path}/new`,
  typed,
  errors,
  apis: await listApis(world.db.query, { after: '', limit: maxApis }),
  isNew: app === undefined,
  button: texts.get(app ? 'save_changes' : 'add_app'),
  cancel: path,
})}</section>`
  const example = { kind: 'web', name: 'Notes', redirect_uris: ['http://localhost:3000/callback'] }
  const command = app
    ? curl(world, 'PATCH', `/apps/${encodeURIComponent(app.clientId)}`, bodyOf(typed))
    : curl(world, 'POST', '/apps', example)
  return consolePage(world, call, { place, title, content, command, status: errors?.status ?? 200 })
}

export const showNewApp = endpoint({
  summary: 'The form that registers an app.',
  responses: { 200: null },
  errors: [],
  handle: (world: World, call) => formPage(world, call, { typed: emptyForm('web'), errors: undefined }),
})

export const sendNewApp = endpoint({
  summary: 'Registers an app, and shows its client secret once.',
  body: AppForm,
  responses: { 200: null, 303: null },
  errors: [],
  handle: async (world: World, call) => {
    const apis = await listApis(world.db.query, { after: '', limit: maxApis })
    const typed = typedIn(call.body, apis)
    const texts = textsOf(call)
    const result = await attempt(() => {
      const { name, kind, ...fields } = validated(NewAppBody, { ...bodyOf(typed), kind: typed.kind })
      const { site, ...given } = appFieldsFrom(fields)
      const hosted = kind === 'proxy' ? { ...emptySite, ...site } : undefined
      const input = { ...emptyApp, name, kind, ...given, site: hosted }
      return addApp(world, { ...input, by: byCallerOf(call) })
    })
    if (result.kind === 'failed')
      return formPage(world, call, { typed, errors: formErrorsOf(texts, result.error) })
    const { app, secret } = result.value
    if (secret === undefined) return seeOtherWithFlash(world, appPath(app.clientId), 'app_added')
    return clientSecretPage(world, call, {
      app,
      secret,
      title: texts.get('app_added_title', { app: app.name }),
    })
  },
})

export const showEditApp = endpoint({
  summary: 'The form that changes an app.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const app = await editable(world, call)
    return formPage(world, call, { app, typed: formOf(app), errors: undefined })
  },
})

/** The app of the page, unless its own document describes it. */
async function editable(world: World, call: Call): Promise<App> {
  const app = await appOfPage(world, call)
  if (app.isManaged) throw new AppError('managed_by_file')
  if (isReadOnly(app)) throw new AppError('not_found')
  return app
}

export const sendEditApp = endpoint({
  summary: 'Changes an app.',
  body: AppForm,
  responses: { 303: null },
  errors: ['not_found', 'managed_by_file'],
  handle: async (world: World, call) => {
    const app = await editable(world, call)
    const apis = await listApis(world.db.query, { after: '', limit: maxApis })
    const typed = { ...typedIn(call.body, apis), kind: app.kind }
    const { clientId } = app
    const result = await attempt(() => {
      const body = bodyOf(
        typed,
        app.apis.map(({ name }) => name),
      )
      const { name = app.name, ...fields } = validated(AppEditBody, body)
      return changeApp(world, { clientId, edit: { name, ...appFieldsFrom(fields) }, by: byCallerOf(call) })
    })
    if (result.kind === 'done') return seeOtherWithFlash(world, appPath(clientId), 'app_changed')
    return formPage(world, call, { app, typed, errors: formErrorsOf(textsOf(call), result.error) })
  },
})
