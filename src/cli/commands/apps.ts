import { z } from 'zod'
import { addApp } from '#src/apps/add-app.ts'
import { type App, appKinds, idTokenAlgs } from '#src/apps/app.ts'
import { appById, listAppIds } from '#src/apps/apps.sql.ts'
import { appOnWire, emptyApp } from '#src/apps/on-wire.ts'
import { removeApp } from '#src/apps/remove-app.ts'
import { rotateSecret } from '#src/apps/rotate-secret.ts'
import { byCli } from '#src/audit/by.ts'
import { type Command, exits, failure, type Output, success, worldCommand } from '#src/cli/command.ts'
import { propagationOnWire, propagationSentence } from '#src/cli/commands/one-user.ts'
import { exampleOf, frameworks, kindFor, uriDefaultsFor } from '#src/cli/frameworks.ts'
import { columns } from '#src/cli/help.ts'
import { errorCodes } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { fieldErrorsIn } from '#src/errors/field-errors.ts'
import type { World } from '#src/world/world.ts'

const maxListed = 10_000
const Words = z.array(z.string().min(1).max(1000)).max(50).default([])

/** `NAME` or `NAME:scope,scope`. */
const ApiWord = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}(?::[!#-+\--[\]-~]+(?:,[!#-+\--[\]-~]+)*)?$/, {
    error: 'Must be NAME or NAME:scope,scope.',
  })
  .transform((word) => {
    const colon = word.indexOf(':')
    if (colon === -1) return { name: word }
    return { name: word.slice(0, colon), scopes: word.slice(colon + 1).split(',') }
  })

const add = worldCommand({
  name: 'app add',
  summary: 'Register an app that signs users in, or a machine. Prints the client secret once.',
  operands: ['name'],
  flags: {
    kind: { kind: 'text', value: appKinds.join('|'), required: true, summary: 'Where the app runs.' },
    redirect: { kind: 'list', value: 'URI', required: false, summary: 'Where users return to.' },
    'post-logout': { kind: 'list', value: 'URI', required: false, summary: 'Where they go after a logout.' },
    origin: { kind: 'list', value: 'ORIGIN', required: false, summary: 'Whose scripts may get tokens.' },
    api: { kind: 'list', value: 'NAME[:SCOPE,...]', required: false, summary: 'An API, the default first.' },
    'third-party': { kind: 'switch', summary: 'Ask each user for consent.' },
    'id-token-alg': {
      kind: 'text',
      value: idTokenAlgs.join('|'),
      required: false,
      summary: 'What signs ID tokens; RS256 by default.',
    },
    framework: {
      kind: 'text',
      value: frameworks.join('|'),
      required: false,
      summary: 'Print a whole example app, too.',
    },
    pkce: { kind: 'text', value: 'optional', required: false, summary: 'Do not require PKCE.' },
  },
  input: z.strictObject({
    name: z.string().min(1).max(100),
    kind: z.enum(appKinds, `Must be one of: ${appKinds.join(', ')}.`),
    redirect: Words,
    'post-logout': Words,
    origin: Words,
    api: z.array(ApiWord).max(50).default([]),
    'third-party': z.literal(true).optional(),
    framework: z.enum(frameworks, `Must be one of: ${frameworks.join(', ')}.`).optional(),
    pkce: z.literal('optional').optional(),
    'id-token-alg': z.enum(idTokenAlgs, `Must be one of: ${idTokenAlgs.join(', ')}.`).default('RS256'),
  }),
  run: (world, { framework, ...input }) =>
    explained(async () => {
      const defaults = framework && uriDefaultsFor(framework)
      if (framework && kindFor(framework) !== input.kind) {
        return failure(exits.usage, 'usage', [
          `--framework ${framework} is for --kind ${kindFor(framework)}.`,
        ])
      }
      const { app, secret } = await addApp(world, {
        ...emptyApp,
        name: input.name,
        kind: input.kind,
        ...registeredUris(input, defaults),
        apis: input.api,
        isFirstParty: input['third-party'] === undefined,
        isPkceOptional: input.pkce === 'optional',
        idTokenAlg: input['id-token-alg'],
        by: byCli,
      })
      const issuer = world.settings.publicUrl
      const example = framework ? exampleOf(framework, { app, secret, issuer }) : []
      const lines = [...addedLines(world, app, secret), ...(framework ? ['', ...example] : [])]
      return success(lines, {
        ...(framework && { example: example.join('\n') }),
        client_id: app.clientId,
        ...(secret && { client_secret: secret }),
        issuer: world.settings.publicUrl,
        discovery: `${world.settings.publicUrl}/.well-known/openid-configuration`,
      })
    }),
})

type Uris = Pick<App, 'redirectUris' | 'postLogoutUris' | 'allowedOrigins'>
type UriFlags = Readonly<Record<'redirect' | 'post-logout' | 'origin', readonly string[]>>

/** An example brings its own addresses; what the operator names replaces all of them. */
function registeredUris(flags: UriFlags, defaults: Uris | undefined): Uris {
  if (defaults && flags.redirect.length === 0) return defaults
  return {
    redirectUris: flags.redirect,
    postLogoutUris: flags['post-logout'],
    allowedOrigins: flags.origin,
  }
}

function addedLines({ settings }: World, app: App, secret: string | undefined): string[] {
  const rows = [
    ['Client ID', app.clientId],
    ...(secret ? [['Client secret', secret]] : []),
    ['Issuer', settings.publicUrl],
  ]
  const once = secret ? ['', 'The secret is shown only once: give it to the app.'] : []
  return [`The app ${app.name} is registered.`, '', ...columns(rows), ...once]
}

const list = worldCommand({
  name: 'app list',
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
  summary: 'Give an app another client secret. The one before works until the next rotation.',
  flags: { 'end-previous': { kind: 'switch', summary: 'Stop the secrets before at once.' } },
  input: z.strictObject({ app: z.string().max(100), 'end-previous': z.literal(true).optional() }),
  run: (world, input) =>
    explained(async () => {
      const endsOld = input['end-previous'] === true
      const secret = await rotateSecret(world, { clientId: input.app, endsOld, by: byCli })
      return success([secret, '', 'It is shown only once: give it to the app.'], { client_secret: secret })
    }, input.app),
})

export const appCommands: readonly Command[] = [add, list, show, remove, rotate]

/** Turns an expected error into the output of the command. */
export async function explained(work: () => Promise<Output>, named = ''): Promise<Output> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'not_found') return noSuchApp(named)
    const problems = fieldErrorsIn('en', error.details.errors ?? [])
    const lines = problems.map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`)
    if (error.code === 'invalid_request') return failure(exits.usage, error.code, lines)
    return failure(error.status === 409 ? exits.conflict : exits.failed, error.code, [messageOf(error)])
  }
}

function messageOf({ code }: AppError): string {
  return errorCodes[code].en
}

function noSuchApp(name: string): Output {
  return failure(exits.notFound, 'not_found', [
    `There is no ${name}.`,
    '`sigil app list` lists the apps, `sigil api list` the APIs.',
  ])
}
