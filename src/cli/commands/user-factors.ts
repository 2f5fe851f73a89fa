import { factorsOnWire, listFactors } from '#src/accounts/list-factors.ts'
import { removeFactor } from '#src/accounts/remove-factor.ts'
import { byCli } from '#src/audit/by.ts'
import { success } from '#src/cli/command.ts'
import { oneUserCommand } from '#src/cli/commands/one-user.ts'
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
    return success(lines, { user_id: user.id, factors: data, recovery_codes_left })
  },
)

export const userResetMfa = oneUserCommand(
  'user reset-mfa',
  'Remove all second factors of a user who has lost them.',
  async (user, world) => {
    const { factors } = await listFactors(world.db.query, user.id)
    const removed: string[] = []
    for (const { id } of factors) {
      if (await removeFactor(world, { userId: user.id, id, by: byCli })) removed.push(id)
    }
    const line =
      removed.length === 0
        ? `${user.email} has no second factor.`
        : `${user.email} signs in without a second factor now. Removed: ${removed.join(', ')}.`
    return success([line], { user_id: user.id, removed })
  },
)
