import { z } from 'zod'
import { apiByName } from '#src/apps/apis.sql.ts'
import { byCli } from '#src/audit/by.ts'
import { type Command, failure, type Output, success, worldCommand } from '#src/cli/command.ts'
import { columns } from '#src/cli/help.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { addVerifier, removeVerifier, rotateVerifier, verifierName } from '#src/revocations/verifier-keys.ts'
import { allVerifiers } from '#src/revocations/verifiers.sql.ts'
import { duration } from '#src/settings/readers.ts'

const Name = z.string().regex(verifierName, {
  error: 'must be 1 to 64 letters, digits, dots, dashes and underscores.',
})

const oneName = { operands: ['name'], flags: {}, input: z.strictObject({ name: Name }) }

const expires = {
  kind: 'text',
  value: 'DURATION',
  required: false,
  summary: 'Lifetime of the key; unlimited by default.',
} as const

const Lifetime = z.string().pipe(duration('1m', '3650d')).optional()

const add = worldCommand({
  ...oneName,
  name: 'verifier add',
  creates: 'nothing',
  summary: 'Create a verifier key, with which a resource server checks tokens itself. Prints the key once.',
  flags: {
    api: { kind: 'text', value: 'NAME', required: false, summary: 'The API whose tokens it introspects.' },
    expires,
  },
  input: z.strictObject({ name: Name, api: z.string().max(63).optional(), expires: Lifetime }),
  run: async (world, { name, api: apiName, expires: lifetimeMs }) => {
    const api = apiName === undefined ? undefined : await apiByName(world.db.query, apiName)
    if (apiName !== undefined && !api) {
      const advice = '`sigil api list` lists the APIs.'
      return failure('not_found', [`There is no API ${apiName}.`, advice])
    }
    const added = await addVerifier(world, { name, apiId: api?.id, lifetimeMs, by: byCli })
    if (!added) {
      return failure('verifier_exists', [
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
  creates: 'nothing',
  summary: 'List the resource servers that have a verifier key.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async (world) => {
    const rows = (await allVerifiers(world.db.query)).map(({ id, name, createdAt, expiresAt }) => ({
      id,
      name,
      created_at: rfc3339(createdAt),
      expires_at: expiresAt === undefined ? null : rfc3339(expiresAt),
    }))
    const table = columns([
      ['NAME', 'CREATED', 'EXPIRES', 'ID'],
      ...rows.map(({ id, name, created_at, expires_at }) => [name, created_at, expires_at ?? '-', id]),
    ])
    return success(
      rows.length === 0 ? ['There are no verifiers. Add one: `sigil verifier add NAME`.'] : table,
      {
        verifiers: rows,
      },
    )
  },
})

const rotate = worldCommand({
  ...oneName,
  name: 'verifier rotate',
  creates: 'nothing',
  summary: 'Rotate the key of a resource server. Prints the new key once; the old one works for the overlap.',
  flags: {
    overlap: {
      kind: 'text',
      value: 'DURATION',
      required: false,
      summary: 'How long the old key keeps working; 24h by default.',
    },
    expires,
  },
  input: z.strictObject({
    name: Name,
    overlap: z.string().default('24h').pipe(duration('0s', '90d')),
    expires: Lifetime,
  }),
  run: async (world, { name, overlap: overlapMs, expires: lifetimeMs }) => {
    const rotated = await rotateVerifier(world, { name, overlapMs, lifetimeMs, by: byCli })
    if (!rotated) return noSuchVerifier(name)
    const until = rfc3339(rotated.previousUntil)
    return success(
      [
        rotated.key,
        '',
        `This is the new key of ${name}. It is shown only once. The old one works until ${until}.`,
      ],
      { name, key: rotated.key, previous_until: until },
    )
  },
})

const remove = worldCommand({
  ...oneName,
  name: 'verifier remove',
  creates: 'nothing',
  summary: 'Revoke the key of a resource server, which can then check tokens only by calling Sigil.',
  run: async (world, { name }) => {
    if (await removeVerifier(world, { name, by: byCli })) {
      return success([`${name} is removed: its key stops working within one revocation lease.`], { name })
    }
    return noSuchVerifier(name)
  },
})

export const verifierCommands: readonly Command[] = [add, list, rotate, remove]

function noSuchVerifier(name: string): Output {
  return failure('not_found', [`There is no verifier ${name}.`, '`sigil verifier list` lists the verifiers.'])
}
