import { z } from 'zod'
import { factorsOnWire, listFactors } from '#src/accounts/list-factors.ts'
import { removeFactor } from '#src/accounts/remove-factor.ts'
import { byCli } from '#src/audit/by.ts'
import { exits, failure, told, worldCommand } from '#src/cli/command.ts'
import { noSuchUser, oneUserCommand, UserWord, userNamed } from '#src/cli/commands/one-user.ts'
import { columns } from '#src/cli/help.ts'

export const userFactors = oneUserCommand(
  'user factors',
  'List the second factors of a user.',
  async (user, { db }) => {
    const { data, recovery_codes_left } = factorsOnWire(await listFactors(db.query, user.id))
    const rows = data.map(({ id, method, name, added_at }) => [id, method, name ?? '-', added_at])
    const lines =
      rows.length === 0
        ? [`${user.email} has no second factor.`]
        : [
            ...columns([['ID', 'METHOD', 'NAME', 'ADDED'], ...rows]),
            `Recovery codes left: ${recovery_codes_left}`,
          ]
    return told(lines, { user_id: user.id, factors: data, recovery_codes_left })
  },
)

export const userRemoveFactor = worldCommand({
  name: 'user remove-factor',
  summary: 'Remove a lost second factor of a user.',
  operands: ['user', 'factor'],
  flags: {},
  input: z.strictObject({ user: UserWord, factor: z.string().max(64) }),
  run: async (world, { user: named, factor: id }) => {
    const user = await userNamed(world.db.query, named)
    if (!user) return noSuchUser(named)
    if (!(await removeFactor(world, { userId: user.id, id, by: byCli }))) {
      const advice = `\`sigil user factors ${user.email}\` lists the ids.`
      return failure(exits.notFound, 'not_found', [`${user.email} has no second factor ${id}.`, advice])
    }
    return told([`${user.email}: the second factor ${id} was removed.`], { user_id: user.id, removed: id })
  },
})
