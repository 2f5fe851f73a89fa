import { z } from 'zod'
import { addApp, changeApp } from '#src/apps/add-app.ts'
import { listApis } from '#src/apps/apis.sql.ts'
import { type App, isConfidential } from '#src/apps/app.ts'
import { removeApp } from '#src/apps/end-app.ts'
import { AppEditBody, appFieldsFrom, emptyApp, NewAppBody } from '#src/apps/on-wire.ts'
import { rotateSecret } from '#src/apps/rotate-secret.ts'
import { emptySite } from '#src/apps/site-on-wire.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { validated } from '#src/errors/field-errors.ts'
import type { Answer } from '#src/http/answer.ts'
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
import { counted, maxCountedGrants, snippetsSection } from '#src/pages/console/apps/app-page.ts'
import { appOfPage } from '#src/pages/console/apps/apps-http.ts'
import { confirmPage } from '#src/pages/console/confirm-page.ts'
import { consolePage, curl } from '#src/pages/console/console-page.ts'
import { secretPage } from '#src/pages/console/secret-page.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
import { countGrantsOfApp } from '#src/sessions/grants.sql.ts'
import type { World } from '#src/world/world.ts'

const place = '/admin/apps'
const maxApis = 200

type Form = { readonly typed: TypedApp; readonly errors: FormErrors | undefined }

async function formPage(world: World, call: Call, { typed, errors, app }: Form & { app?: App }) {
  const texts = textsFor(call.language)
  const path = app ? `${place}/${app.clientId}` : place
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
    ? curl(world, 'PATCH', `/apps/${app.clientId}`, bodyOf(typed))
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
    const texts = textsFor(call.language)
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
    if (secret === undefined) return seeOtherWithFlash(world, `${place}/${app.clientId}`, 'app_added')
    return secretOf(world, call, { app, secret, title: texts.get('app_added_title', { app: app.name }) })
  },
})

function secretOf(
  world: World,
  call: Call,
  { app, secret, title }: { app: App; secret: string; title: string },
): Promise<Answer> {
  const texts = textsFor(call.language)
  return secretPage(world, call, {
    ...{ place, title, secret, label: texts.get('client_secret') },
    more: snippetsSection(texts, world.settings, { app, secret }),
    next: `${place}/${app.clientId}`,
  })
}

export const showEditApp = endpoint({
  summary: 'The form that changes an app.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const app = await appOfPage(world, call)
    return formPage(world, call, { app, typed: formOf(app), errors: undefined })
  },
})

export const sendEditApp = endpoint({
  summary: 'Changes an app.',
  body: AppForm,
  responses: { 303: null },
  errors: ['not_found', 'managed_by_file'],
  handle: async (world: World, call) => {
    const app = await appOfPage(world, call)
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
    if (result.kind === 'done') return seeOtherWithFlash(world, `${place}/${clientId}`, 'app_changed')
    return formPage(world, call, { app, typed, errors: formErrorsOf(textsFor(call.language), result.error) })
  },
})

export const confirmRotate = endpoint({
  summary: 'Asks before an app gets a new secret.',
  responses: { 200: null },
  errors: ['not_found', 'app_without_secret'],
  handle: async (world: World, call) => {
    const app = await appOfPage(world, call)
    if (!isConfidential(app)) throw new AppError('app_without_secret')
    const texts = textsFor(call.language)
    return confirmPage(world, call, {
      place,
      title: texts.get('rotate_secret_title'),
      subject: app.name,
      effects: [
        texts.get('effect_secret_shown'),
        texts.get('effect_secret_overlap'),
        texts.get('effect_older_secret'),
      ],
      choice: {
        name: 'end_previous',
        label: texts.get('end_previous'),
        hint: texts.get('end_previous_hint'),
      },
      action: `${place}/${app.clientId}/secret`,
      button: texts.get('rotate_secret'),
      isDanger: false,
      cancel: `${place}/${app.clientId}`,
      command: curl(world, 'POST', `/apps/${app.clientId}/rotate_secret`, { end_previous: false }),
    })
  },
})

export const sendRotate = endpoint({
  summary: 'Gives an app a new secret, and shows it once.',
  body: z.object({ end_previous: z.literal('yes').optional() }),
  responses: { 200: null },
  errors: ['not_found', 'managed_by_file', 'app_without_secret'],
  handle: async (world: World, call) => {
    const app = await appOfPage(world, call)
    const rotation = { clientId: app.clientId, endsOld: call.body.end_previous === 'yes' }
    const secret = await rotateSecret(world, { ...rotation, by: byCallerOf(call) })
    const title = textsFor(call.language).get('secret_rotated_title', { app: app.name })
    return secretOf(world, call, { app, secret, title })
  },
})

export const confirmRemoveApp = endpoint({
  summary: 'Asks before an app is removed.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const app = await appOfPage(world, call)
    const { clientId } = app
    const texts = textsFor(call.language)
    const now = world.clock.now()
    const count = await countGrantsOfApp(world.db.query, { clientId, now, max: maxCountedGrants })
    return confirmPage(world, call, {
      place,
      title: texts.get('remove_app_title'),
      subject: html`${app.name} <code>${clientId}</code>`,
      effects: removalEffects(texts, app, count),
      action: `${place}/${clientId}/remove`,
      button: texts.get('remove_permanently'),
      cancel: `${place}/${clientId}`,
      command: curl(world, 'DELETE', `/apps/${clientId}`),
    })
  },
})

function removalEffects(texts: Texts, app: App, { grants, users }: { grants: number; users: number }) {
  const values = { grants: counted(texts, grants), users: texts.number(users) }
  return [
    ...(app.kind === 'machine' ? [] : [texts.get('effect_app_grants', values)]),
    texts.get('effect_app_tokens'),
    ...(isConfidential(app) ? [texts.get('effect_app_secrets')] : []),
    texts.get('effect_app_users_stay'),
    texts.get('effect_app_not_undone'),
  ]
}

export const sendRemoveApp = endpoint({
  summary: 'Removes an app.',
  responses: { 303: null },
  errors: ['not_found', 'managed_by_file'],
  handle: async (world: World, call) => {
    const { propagated } = await removeApp(world, { clientId: call.params.id ?? '', by: byCallerOf(call) })
    await propagated
    return seeOtherWithFlash(world, place, 'app_removed')
  },
})
