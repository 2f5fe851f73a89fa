import { success } from '#src/cli/command.ts'
import { oneUserCommand } from '#src/cli/commands/one-user.ts'
import { columns } from '#src/cli/help.ts'
import { readCursor } from '#src/http/cursor.ts'
import { listHistory } from '#src/sessions/list.ts'
import { signInOnWire } from '#src/sessions/on-wire.ts'

const maxLines = 100

export const userHistory = oneUserCommand(
  'user history',
  'List the latest sign-ins of a user, including failed ones.',
  async (user, world) => {
    const rows = await listHistory(world, { userId: user.id, place: readCursor(undefined), limit: maxLines })
    const signIns = rows.slice(0, maxLines).map(signInOnWire)
    const lines = signIns.map((one) => [
      one.at,
      one.outcome,
      one.method,
      String(one.attempts),
      one.ip,
      [one.browser, one.system].filter(Boolean).join(', ') || '-',
    ])
    const head = ['TIME', 'OUTCOME', 'METHOD', 'ATTEMPTS', 'IP ADDRESS', 'DEVICE']
    const text = lines.length === 0 ? [`${user.email} has no sign-ins.`] : columns([head, ...lines])
    return success(text, { user_id: user.id, history: signIns })
  },
)
