import { z } from 'zod'
import { disable, enable } from '#src/accounts/disable.ts'
import { byCli } from '#src/audit/by.ts'
import { type Command, told, worldCommand } from '#src/cli/command.ts'
import { oneUserCommand, propagationOnWire, propagationSentence } from '#src/cli/commands/one-user.ts'
import { userFactors, userResetMfa } from '#src/cli/commands/user-factors.ts'
import { userSessions } from '#src/cli/commands/user-sessions.ts'
import { columns } from '#src/cli/help.ts'
import { AppError } from '#src/errors/errors.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { listUsers } from '#src/users/list.ts'
import { type User, userOnWire } from '#src/users/user.ts'

const list = worldCommand({
  name: 'user list',
  summary: 'List users by their email.',
  operands: [],
  flags: {
    q: { kind: 'text', value: 'TEXT', required: false, summary: 'Only those with this in email or name.' },
    status: {
      kind: 'text',
      value: 'STATUS',
      required: false,
      summary: 'Only those who are active, or disabled.',
    },
    role: { kind: 'text', value: 'ROLE', required: false, summary: 'Only those who hold this role.' },
    limit: {
      kind: 'text',
      value: 'COUNT',
      required: false,
      summary: 'How many at most: 1 to 1000, else 100.',
    },
    after: { kind: 'text', value: 'EMAIL', required: false, summary: 'Go on after this one.' },
  },
  input: z.strictObject({
    q: z.string().max(200).optional(),
    status: z.enum(['active', 'disabled']).optional(),
    role: z.string().max(64).optional(),
    limit: z.coerce.number('Give a whole number from 1 to 1000.').int().min(1).max(1000).default(100),
    after: z.string().max(254).optional(),
  }),
  run: async ({ db }, { q, status, role, limit, after }) => {
    const found = await listUsers(db.query, {
      q,
      state: status,
      role,
      sort: 'email',
      after: after === undefined ? undefined : { key: after.toLowerCase(), id: '' },
      // One more than was asked for tells whether there are more.
      most: limit + 1,
    })
    const users = found.slice(0, limit)
    const hasMore = found.length > limit
    const rest = hasMore ? ['', `There are more: --after ${users.at(-1)?.email}`] : []
    const lines = users.length === 0 ? ['There is no user, or none that fits.'] : [...table(users), ...rest]
    return told(lines, { users: users.map(userOnWire), more: hasMore })
  },
})

const show = oneUserCommand('user show', 'Show one user, by email, username or id.', async (user) => {
  return told(columns(Object.entries(userOnWire(user)).map(([name, value]) => [name, shown(value)])), {
    user: userOnWire(user),
  })
})

const disableOne = oneUserCommand(
  'user disable',
  'Shut a user out: no sign-in, every session ended, every token dead.',
  async (user, world) => {
    const { disabled, propagated } = await disable(world, { userId: user.id, by: byCli })
    if (disabled === 'last_admin') throw new AppError('last_admin')
    const propagation = await propagated
    const was = disabled === 'already' ? 'was disabled already' : 'is disabled'
    return told([`${user.email} ${was}. ${propagationSentence(propagation)}`], {
      user_id: user.id,
      already: disabled === 'already',
      ...propagationOnWire(propagation),
    })
  },
)

const enableOne = oneUserCommand(
  'user enable',
  'Let a disabled user sign in again. What was ended stays ended.',
  async (user, world) => {
    const wasDisabled = await enable(world, { userId: user.id, by: byCli })
    const line = wasDisabled ? `${user.email} can sign in again.` : `${user.email} was not disabled.`
    return told([line], { user_id: user.id, already: !wasDisabled })
  },
)

const logOutAll = oneUserCommand(
  'user logout-all',
  'End every session of a user and kill every token. They can sign in again.',
  async (user, world) => {
    const { sessionsEnded, propagated } = await logOutEverywhere(world, {
      userId: user.id,
      reason: 'revoked',
      by: byCli,
    })
    const propagation = await propagated
    const ended = sessionsEnded === 1 ? '1 session was ended' : `${sessionsEnded} sessions were ended`
    return told([`${user.email}: ${ended}. ${propagationSentence(propagation)}`], {
      user_id: user.id,
      sessions_ended: sessionsEnded,
      ...propagationOnWire(propagation),
    })
  },
)

export const userCommands: readonly Command[] = [
  list,
  show,
  userSessions,
  userFactors,
  userResetMfa,
  disableOne,
  enableOne,
  logOutAll,
]

function table(users: readonly User[]): string[] {
  const head = ['EMAIL', 'USERNAME', 'STATUS', 'ROLES', 'CREATED', 'ID']
  const rows = users.map((user) => [
    user.email,
    user.username ?? '-',
    user.state,
    user.roles.join(',') || '-',
    rfc3339(user.createdAt).slice(0, 10),
    user.id,
  ])
  return columns([head, ...rows])
}

function shown(value: string | boolean | readonly string[] | null): string {
  if (value === null) return '-'
  return typeof value === 'object' ? value.join(', ') || '-' : String(value)
}
