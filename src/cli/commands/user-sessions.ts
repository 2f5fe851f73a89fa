import { success } from '#src/cli/command.ts'
import { oneUserCommand } from '#src/cli/commands/one-user.ts'
import { columns } from '#src/cli/help.ts'
import { everySession } from '#src/sessions/list.ts'
import { sessionOnWire } from '#src/sessions/on-wire.ts'

export const userSessions = oneUserCommand(
  'user sessions',
  'List the live sessions of a user, newest first.',
  async (user, world) => {
    const pages = await Array.fromAsync(everySession(world, user.id))
    const sessions = pages.flat().map((one) => sessionOnWire(one, undefined))
    const rows = sessions.map((one) => [
      one.created_at,
      one.last_used_at,
      one.ip,
      [one.browser, one.system].filter(Boolean).join(', ') || '-',
      one.method,
      one.id,
    ])
    const head = ['STARTED', 'LAST USED', 'IP ADDRESS', 'DEVICE', 'METHOD', 'ID']
    const lines = rows.length === 0 ? [`${user.email} has no live session.`] : columns([head, ...rows])
    return success(lines, { user_id: user.id, sessions })
  },
)
