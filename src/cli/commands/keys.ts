import { z } from 'zod'
import { resealKeys } from '#src/administration/reseal-keys.ts'
import { revokeKey } from '#src/administration/revoke-key.ts'
import { rotateKey } from '#src/administration/rotate-key.ts'
import { byCli } from '#src/audit/by.ts'
import { type Command, failure, success, worldCommand } from '#src/cli/command.ts'
import { propagationOnWire, propagationSentence } from '#src/cli/commands/one-user.ts'
import { columns } from '#src/cli/help.ts'
import { neededUntil, stateOf } from '#src/keys/key.ts'
import { listKeys } from '#src/keys/rotation.ts'
import type { SealedKey } from '#src/keys/sealed-key.ts'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'
import { masterKey } from '#src/settings/readers.ts'

/** The setting reader returns only what the value must be; this makes it a sentence. */
const NewMasterKey = z.string().transform((text, context) => {
  const { data, error } = masterKey.safeParse(text)
  if (data !== undefined) return data
  context.addIssue({ code: 'custom', message: `must be ${error?.issues[0]?.message}.` })
  return z.NEVER
})

const list = worldCommand({
  name: 'key list',
  creates: 'nothing',
  summary: 'List the keys of this server, with purpose and state.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async (world) => {
    const keys = (await listKeys(world)).map((key) => keyOnWire(key, world.clock.now()))
    const head = ['KEY', 'FOR', 'STATE', 'USED FROM', 'USED UNTIL', 'NEEDED UNTIL']
    const rows = keys.map((key) => [
      key.id,
      key.purpose,
      key.state,
      key.used_from,
      key.revoked_at ?? key.retired_at ?? '-',
      key.needed_until ?? '-',
    ])
    return success(columns([head, ...rows]), { keys })
  },
})

const rotate = worldCommand({
  name: 'key rotate',
  creates: 'nothing',
  summary: 'Publish a new signing key. It is used after 15 minutes; until then the current key signs.',
  operands: [],
  flags: {
    'id-token': { kind: 'switch', summary: 'Rotate the RS256 key of ID tokens instead.' },
    mac: {
      kind: 'switch',
      summary: 'Rotate the key of refresh tokens, password hashes and the audit log instead.',
    },
  },
  input: z.strictObject({ mac: z.literal(true).optional(), 'id-token': z.literal(true).optional() }),
  run: async (world, { mac, 'id-token': idToken }) => {
    const purpose = mac ? 'mac' : idToken ? 'id_token' : 'sign'
    const { kind, key } = await rotateKey(world, { purpose, by: byCli })
    const from = rfc3339(key.usedFrom)
    if (kind === 'under_way') {
      return failure('rotation_under_way', [
        `The new key ${key.id} is already published and is used from ${from} on.`,
        'Wait until then, or revoke a key that must not be used: `sigil key revoke KEY`.',
      ])
    }
    const lines = [
      `${key.id} is published and is used from ${from} on.`,
      'Nothing else needs to be done: until then the current key is used, and what it signed stays valid.',
    ]
    return success(lines, { key: keyOnWire(key, world.clock.now()) })
  },
})

const revoke = worldCommand({
  name: 'key revoke',
  creates: 'nothing',
  summary: 'Revoke a key and everything signed with it. A new key is used at once.',
  operands: ['key'],
  flags: {},
  input: z.strictObject({ key: z.string().max(100) }),
  run: async (world, { key: id }) => {
    const { killed, propagated } = await revokeKey(world, { id, by: byCli })
    if (killed.kind === 'unknown') {
      const lines = [`There is no key ${id}.`, '`sigil key list` lists the keys.']
      return failure('not_found', lines)
    }
    const propagation = await propagated
    const already = killed.kind === 'already'
    const successor = killed.kind === 'revoked' ? (killed.successor ?? null) : null
    const lines = [
      `${id} ${already ? 'was already revoked' : 'is revoked'}. ${propagationSentence(propagation)}`,
      ...(successor === null ? [] : [`${successor} replaces it.`]),
    ]
    return success(lines, {
      key: id,
      purpose: purposes[killed.key.purpose],
      already,
      successor,
      ...propagationOnWire(propagation),
    })
  },
})

const reseal = worldCommand({
  name: 'key reseal',
  creates: 'nothing',
  summary: 'Encrypt the keys under a new master key, which every server then needs.',
  operands: [],
  flags: {
    'new-master-key-stdin': {
      kind: 'stdin',
      key: 'newMasterKey',
      required: true,
      summary: 'Read the new master key from standard input; a terminal prompts for it.',
    },
  },
  input: z.strictObject({ newMasterKey: NewMasterKey }),
  run: async (world, { newMasterKey }) => {
    const count = await resealKeys(world, { master: { bytes: newMasterKey }, by: byCli })
    if (count === undefined) {
      const lines = ['This is the current master key.', 'Generate a new one.']
      return failure('same_master_key', lines)
    }
    return success(
      [
        `${count} keys are now encrypted under the new master key; the old one opens none of them.`,
        'Give the new key to every server before it restarts.',
      ],
      { keys: count },
    )
  },
})

export const keyCommands: readonly Command[] = [list, rotate, revoke, reseal]

const purposes = { sign: 'signing', id_token: 'id_token', mac: 'mac' } as const

function keyOnWire(key: SealedKey, now: Instant) {
  const moment = (at: number | undefined) =>
    at === undefined || at === Number.POSITIVE_INFINITY ? null : rfc3339(at)
  return {
    id: key.id,
    purpose: purposes[key.purpose],
    state: stateOf(key, now),
    created_at: rfc3339(key.createdAt),
    used_from: rfc3339(key.usedFrom),
    retired_at: moment(key.retiredAt),
    revoked_at: moment(key.revokedAt),
    needed_until: moment(neededUntil(key)),
  }
}
