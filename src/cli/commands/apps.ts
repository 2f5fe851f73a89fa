import { z } from 'zod'
import type { App } from '#src/apps/app.ts'
import { appById, listAppIds } from '#src/apps/apps.sql.ts'
import { disable, enable, removeApp } from '#src/apps/end-app.ts'
import { appOnWire } from '#src/apps/on-wire.ts'
import { rotateSecret } from '#src/apps/rotate-secret.ts'
import { byCli } from '#src/audit/by.ts'
import { type Command, success, worldCommand } from '#src/cli/command.ts'
import { addAppCommand } from '#src/cli/commands/app-add.ts'
import { explained, noSuchApp } from '#src/cli/commands/app-errors.ts'
import { propagationOnWire, propagationSentence } from '#src/cli/commands/one-user.ts'
import { proxyAppCommands } from '#src/cli/commands/proxy-apps.ts'
import { registrationTokenCommand } from '#src/cli/commands/registration-token.ts'
import { columns } from '#src/cli/help.ts'

const maxListed = 10_000

const list = worldCommand({
  name: 'app list',
  creates: 'nothing',
  summary: 'List the apps.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async ({ db }) => {
    const newest = { before: Number.MAX_SAFE_INTEGER, beforeId: '', limit: maxListed }
    const apps: App[] = []
    for (const id of await listAppIds(db.query, newest)) {
      const app = await appById(db.query, id)
      if (app) apps.push(app)
    }
    const rows = apps.map((app) => [app.clientId, app.kind, app.name])
    const none = ['There are no apps. Add one: `sigil app add NAME --kind KIND`.']
    return success(rows.length === 0 ? none : columns([['CLIENT ID', 'KIND', 'NAME'], ...rows]), {
      apps: apps.map(appOnWire),
    })
  },
})

const oneApp = {
  operands: ['app'],
  flags: {},
  input: z.strictObject({ app: z.string().max(100) }),
}

const show = worldCommand({
  ...oneApp,
  name: 'app show',
  creates: 'nothing',
  summary: 'Show how an app is registered.',
  run: async ({ db }, { app: clientId }) => {
    const app = await appById(db.query, clientId)
    if (!app) return noSuchApp(clientId)
    const shown = appOnWire(app)
    const rows = Object.entries(shown).map(([name, value]) => [name, textOf(value)])
    return success(columns(rows), shown)
  },
})

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const remove = worldCommand({
  ...oneApp,
  name: 'app remove',
  creates: 'nothing',
  summary: 'Remove an app and revoke all its tokens.',
  run: (world, { app: clientId }) =>
    explained(async () => {
      const propagation = await (await removeApp(world, { clientId, by: byCli })).propagated
      const lines = [`The app ${clientId} is removed.`, propagationSentence(propagation)]
      return success(lines, { client_id: clientId, ...propagationOnWire(propagation) })
    }, clientId),
})

const rotate = worldCommand({
  ...oneApp,
  name: 'app rotate-secret',
  creates: 'nothing',
  summary: 'Rotate the client secret of an app. The previous one works until the next rotation.',
  flags: { 'end-previous': { kind: 'switch', summary: 'Revoke the previous secrets at once.' } },
  input: z.strictObject({ app: z.string().max(100), 'end-previous': z.literal(true).optional() }),
  run: (world, input) =>
    explained(async () => {
      const endsOld = input['end-previous'] === true
      const secret = await rotateSecret(world, { clientId: input.app, endsOld, by: byCli })
      return success([secret, '', 'It is shown only once: give it to the app.'], { client_secret: secret })
    }, input.app),
})

const disableCommand = worldCommand({
  ...oneApp,
  name: 'app disable',
  creates: 'nothing',
  summary: 'Disable an app and revoke all its tokens.',
  run: (world, { app: clientId }) =>
    explained(async () => {
      const propagation = await (await disable(world, { clientId, by: byCli })).propagated
      const lines = [`The app ${clientId} is disabled.`, propagationSentence(propagation)]
      return success(lines, { client_id: clientId, ...propagationOnWire(propagation) })
    }, clientId),
})

const enableCommand = worldCommand({
  ...oneApp,
  name: 'app enable',
  creates: 'nothing',
  summary: 'Enable a disabled app. Its users sign in to it again.',
  run: (world, { app: clientId }) =>
    explained(async () => {
      await enable(world, { clientId, by: byCli })
      return success([`The app ${clientId} is enabled.`], { client_id: clientId })
    }, clientId),
})

export const appCommands: readonly Command[] = [
  addAppCommand,
  list,
  show,
  disableCommand,
  enableCommand,
  remove,
  rotate,
  registrationTokenCommand,
  ...proxyAppCommands,
]
