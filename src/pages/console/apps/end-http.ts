import { z } from 'zod'
import type { App } from '#src/apps/app.ts'
import { disable, enable, removeApp } from '#src/apps/end-app.ts'
import { rotateSecret } from '#src/apps/rotate-secret.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { counted, hasSecrets, maxCountedGrants } from '#src/pages/console/apps/app-page.ts'
import { appPath } from '#src/pages/console/apps/app-path.ts'
import { appOfPage } from '#src/pages/console/apps/apps-http.ts'
import { clientSecretPage } from '#src/pages/console/apps/client-secret-page.ts'
import { confirmPage } from '#src/pages/console/confirm-page.ts'
import { curl } from '#src/pages/console/console-page.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { type Texts, textsOf } from '#src/pages/texts.ts'
import { countGrantsOfApp } from '#src/sessions/grants.sql.ts'
import type { World } from '#src/world/world.ts'

const place = '/admin/apps'

export const confirmRotate = endpoint({
  summary: 'Confirmation page for rotating the secret of an app.',
  responses: { 200: null },
  errors: ['not_found', 'app_without_secret'],
  handle: async (world: World, call) => {
    const app = await appOfPage(world, call)
    if (!hasSecrets(app)) throw new AppError('app_without_secret')
    const texts = textsOf(call)
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
      action: `${appPath(app.clientId)}/secret`,
      button: texts.get('rotate_secret'),
      isDanger: false,
      cancel: appPath(app.clientId),
      command: curl(world, 'POST', `/apps/${encodeURIComponent(app.clientId)}/rotate_secret`, {
        end_previous: false,
      }),
    })
  },
})

export const sendRotate = endpoint({
  summary: 'Rotates the secret of an app, and shows the new one once.',
  body: z.object({ end_previous: z.literal('yes').optional() }),
  responses: { 200: null },
  errors: ['not_found', 'managed_by_file', 'app_without_secret'],
  handle: async (world: World, call) => {
    const app = await appOfPage(world, call)
    const rotation = { clientId: app.clientId, endsOld: call.body.end_previous === 'yes' }
    const secret = await rotateSecret(world, { ...rotation, by: byCallerOf(call) })
    const title = textsOf(call).get('secret_rotated_title', { app: app.name })
    return clientSecretPage(world, call, { app, secret, title })
  },
})

export const confirmDisableApp = endpoint({
  summary: 'Confirmation page for disabling an app.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const app = await appOfPage(world, call)
    const texts = textsOf(call)
    return confirmPage(world, call, {
      place,
      title: texts.get('disable_app_title'),
      subject: app.name,
      effects: [
        ...(await grantEffects(world, texts, app)),
        texts.get('effect_app_tokens'),
        texts.get('effect_app_enabled_again'),
      ],
      action: `${appPath(app.clientId)}/disable`,
      button: texts.get('disable'),
      cancel: appPath(app.clientId),
      command: curl(world, 'POST', `/apps/${encodeURIComponent(app.clientId)}/disable`),
    })
  },
})

export const sendDisableApp = endpoint({
  summary: 'Disables an app.',
  responses: { 303: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { clientId } = await appOfPage(world, call)
    await (await disable(world, { clientId, by: byCallerOf(call) })).propagated
    return seeOtherWithFlash(world, appPath(clientId), 'app_disabled')
  },
})

export const sendEnableApp = endpoint({
  summary: 'Enables a disabled app.',
  responses: { 303: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { clientId } = await enable(world, { clientId: call.params.id ?? '', by: byCallerOf(call) })
    return seeOtherWithFlash(world, appPath(clientId), 'app_enabled')
  },
})

export const confirmRemoveApp = endpoint({
  summary: 'Confirmation page for removing an app.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const app = await appOfPage(world, call)
    const { clientId } = app
    const texts = textsOf(call)
    return confirmPage(world, call, {
      place,
      title: texts.get('remove_app_title'),
      subject: html`${app.name} <code>${clientId}</code>`,
      effects: [
        ...(await grantEffects(world, texts, app)),
        texts.get('effect_app_tokens'),
        ...(hasSecrets(app) ? [texts.get('effect_app_secrets')] : []),
        texts.get('effect_app_users_stay'),
        texts.get('effect_app_not_undone'),
      ],
      action: `${appPath(clientId)}/remove`,
      button: texts.get('remove_permanently'),
      cancel: appPath(clientId),
      command: curl(world, 'DELETE', `/apps/${encodeURIComponent(clientId)}`),
    })
  },
})

/** How many users are signed out of the app. */
async function grantEffects({ db, clock }: World, texts: Texts, { clientId, kind }: App): Promise<string[]> {
  if (kind === 'machine') return []
  const counting = { clientId, now: clock.now(), max: maxCountedGrants }
  const { grants, users } = await countGrantsOfApp(db.query, counting)
  const values = { grants: counted(texts, grants), users: texts.number(users) }
  return [texts.get('effect_app_grants', values)]
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
