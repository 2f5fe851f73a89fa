import { z } from 'zod'
import { apiByName } from '#src/apps/apis.sql.ts'
import { byCli } from '#src/audit/by.ts'
import { type Command, exits, failure, success, worldCommand } from '#src/cli/command.ts'
import { columns } from '#src/cli/help.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { addVerifier, removeVerifier, verifierName } from '#src/revocations/verifier-keys.ts'
import { allVerifiers } from '#src/revocations/verifiers.sql.ts'

const Name = z.string().regex(verifierName, {
  error: 'Must be 1 to 64 letters, digits, dots, dashes and underscores.',
})

const oneName = { operands: ['name'], flags: {}, input: z.strictObject({ name: Name }) }

const add = worldCommand({
  ...oneName,
  name: 'verifier add',
  summary: 'Create a verifier key, with which a resource server checks tokens itself. Prints the key once.',
  flags: {
    api: { kind: 'text', value: 'NAME', required: false, summary: 'The API whose tokens it introspects.' },
  },
  input: z.strictObject({ name: Name, api: z.string().max(63).optional() }),
  run: async (world, { name, api: apiName }) => {
    const api = apiName === undefined ? undefined : await apiByName(world.db.query, apiName)
    if (apiName !== undefined && !api) {
      const advice = '`sigil api list` lists the APIs.'
      return failure(exits.notFound, 'not_found', [`There is no API ${apiName}.`, advice])
    }
    const added = await addVerifier(world, { name, apiId: api?.id, by: byCli })
    if (!added) {
      return failure(exits.conflict, 'verifier_exists', [
        `There is already a verifier ${name}.`,
        'Choose another name, or remove that verifier first: `sigil verifier remove NAME`.',
      ])
    }
    return success(
      [
        added.key,
        '',
        `This is the key of ${name}. It is shown only once: give it to the resource server as a secret.`,
      ],
      { id: added.id, name, key: added.key },
    )
  },
})

const list = worldCommand({
  name: 'verifier list',
  summary: 'List the resource servers that have a verifier key.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async (world) => {
    const rows = (await allVerifiers(world.db.query)).map(({ id, name, createdAt }) => ({
      id,
      name,
      created_at: rfc3339(createdAt),
    }))
    const table = columns([
      ['NAME', 'CREATED', 'ID'],
      ...rows.map(({ id, name, created_at }) => [name, created_at, id]),
    ])
    return success(
      rows.length === 0 ? ['There are no verifiers. Add one: `sigil verifier add NAME`.'] : table,
      {
        verifiers: rows,
      },
    )
  },
})

const remove = worldCommand({
  ...oneName,
  name: 'verifier remove',
  summary: 'Revoke the key of a resource server, which then has to ask Sigil about each token.',
  run: async (world, { name }) => {
    if (await removeVerifier(world, { name, by: byCli })) {
      return success([`${name} is removed: its key stops working within one revocation lease.`], { name })
    }
    return failure(exits.notFound, 'not_found', [
      `There is no verifier ${name}.`,
      '`sigil verifier list` lists the verifiers.',
    ])
  },
})

export const verifierCommands: readonly Command[] = [add, list, remove]
