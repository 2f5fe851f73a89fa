import { z } from 'zod'
import { addApi } from '#src/apps/add-api.ts'
import { listApis } from '#src/apps/apis.sql.ts'
import { apiOnWire } from '#src/apps/on-wire.ts'
import { removeApi } from '#src/apps/remove-api.ts'
import { byCli } from '#src/audit/by.ts'
import { type Command, success, worldCommand } from '#src/cli/command.ts'
import { explained } from '#src/cli/commands/app-errors.ts'
import { columns } from '#src/cli/help.ts'

const maxListed = 10_000

const Name = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, {
  error: 'must be a letter a-z, then up to 62 of a-z, digits, "_" and "-".',
})

const ScopeWord = z
  .string()
  .regex(/^[^=\s]{1,100}=.{1,200}$/, { error: 'must be NAME=SENTENCE.' })
  .transform((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const)

const add = worldCommand({
  name: 'api add',
  creates: 'nothing',
  summary: 'Register an API, for which apps can get access tokens.',
  operands: ['name'],
  flags: {
    audience: { kind: 'text', value: 'URI', required: true, summary: 'The `aud` of its tokens.' },
    scope: {
      kind: 'list',
      value: 'NAME=SENTENCE',
      required: false,
      summary: 'A scope and what it allows.',
    },
    open: { kind: 'switch', summary: 'Let apps that register themselves ask users for tokens, as for MCP.' },
  },
  input: z.strictObject({
    name: Name,
    audience: z.string().max(500),
    scope: z.array(ScopeWord).max(200).default([]),
    open: z.literal(true).optional(),
  }),
  run: async (world, { name, audience, scope, open }) => {
    const isOpen = open === true
    const scopes = Object.fromEntries(scope)
    const api = await addApi(world, { name, audience, scopes, isOpen, by: byCli })
    return success([`The API ${name} is registered.`], { api: apiOnWire(api) })
  },
})

const list = worldCommand({
  name: 'api list',
  creates: 'nothing',
  summary: 'List the APIs.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async ({ db }) => {
    const apis = await listApis(db.query, { after: '', limit: maxListed })
    const rows = apis.map(({ name, audience, scopes }) => [name, audience, Object.keys(scopes).join(' ')])
    const none = ['There are no APIs. Add one: `sigil api add NAME --audience URI`.']
    return success(rows.length === 0 ? none : columns([['NAME', 'AUDIENCE', 'SCOPES'], ...rows]), {
      apis: apis.map(apiOnWire),
    })
  },
})

const remove = worldCommand({
  name: 'api remove',
  creates: 'nothing',
  summary: 'Remove an API that no app uses.',
  operands: ['name'],
  flags: {},
  input: z.strictObject({ name: Name }),
  run: (world, { name }) =>
    explained(async () => {
      await removeApi(world, { name, by: byCli })
      return success([`The API ${name} is removed.`], { name })
    }, name),
})

export const apiCommands: readonly Command[] = [add, list, remove]
