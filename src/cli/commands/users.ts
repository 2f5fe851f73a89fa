import { z } from 'zod'
import { disable, enable } from '#src/accounts/disable.ts'
import { byCli } from '#src/audit/by.ts'
import { type Command, success, worldCommand } from '#src/cli/command.ts'
import { oneUserCommand, propagationOnWire, propagationSentence } from '#src/cli/commands/one-user.ts'
import { userFactors, userResetMfa } from '#src/cli/commands/user-factors.ts'
import {
  createUserCommand,
  deleteCommand,
  resetLinkCommand,
  setPasswordCommand,
  unlockCommand,
} from '#src/cli/commands/user-help.ts'
import { userHistory } from '#src/cli/commands/user-history.ts'
import { userSessions } from '#src/cli/commands/user-sessions.ts'
import { columns } from '#src/cli/help.ts'
import { AppError } from '#src/errors/errors.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { listUsers } from '#src/users/list.ts'
import { type User, userOnWire } from '#src/users/user.ts'

const list = worldCommand({
  name: 'user list',
  creates: 'nothing',
  summary: 'List users, sorted by email.',
  operands: [],
  flags: {
    q: {
      kind: 'text',
      value: 'TEXT',
      required: false,
      summary: 'Only users with this text in their email or a name.',
    },
    status: {
      kind: 'text',
      value: 'STATUS',
      required: false,
      summary: 'Only users with this status: active or disabled.',
    },
    role: { kind: 'text', value: 'ROLE', required: false, summary: 'Only users with this role.' },
    limit: {
      kind: 'text',
      value: 'COUNT',
      required: false,
      summary: 'Maximum number of users: 1 to 1000, 100 by default.',
    },
    after: { kind: 'text', value: 'EMAIL', required: false, summary: 'Continue after this email.' },
  },
  input: z.strictObject({
    q: z.string().max(200).optional(),
    status: z.enum(['active', 'disabled'], 'must be one of: active, disabled.').optional(),
    role: z.string().max(64).optional(),
    limit: z.coerce.number('must be a whole number from 1 to 1000.').int().min(1).max(1000).default(100),
    after: z.string().max(254).optional(),
  }),
  run: async ({ db }, { q, status, role, limit, after }) => {
    const found = await listUsers(db.query, {
      q,
      state: status,
      role,
      sort: 'email',
      after: after === undefined ? undefined : { key: after.toLowerCase(), id: '' },
      // One extra row shows whether there are more.
      limit: limit + 1,
    })
    const users = found.slice(0, limit)
    const hasMore = found.length > limit
    const rest = hasMore ? ['', `There are more users: --after ${users.at(-1)?.email}`] : []
    const lines = users.length === 0 ? ['No users match.'] : [...table(users), ...rest]
    return success(lines, { users: users.map(userOnWire), more: hasMore })
  },
})

const show = oneUserCommand('user show', 'Show one user, by email, username or id.', async (user) => {
  return success(columns(Object.entries(userOnWire(user)).map(([name, value]) => [name, textOf(value)])), {
    user: userOnWire(user),
  })
})

const disableOne = oneUserCommand(
  'user disable',
  'Disable a user: no sign-in, every session ended, every token revoked.',
  async (user, world) => {
    const { disabled, propagated } = await disable(world, { userId: user.id, by: byCli })
    if (disabled === 'last_admin') throw new AppError('last_admin')
    const propagation = await propagated
    const outcome = disabled === 'already' ? 'was already disabled' : 'is disabled'
    return success([`${user.email} ${outcome}. ${propagationSentence(propagation)}`], {
      user_id: user.id,
      already: disabled === 'already',
      ...propagationOnWire(propagation),
    })
  },
)

const enableOne = oneUserCommand(
  'user enable',
  'Enable a disabled user. Ended sessions stay ended.',
  async (user, world) => {
    const wasDisabled = await enable(world, { userId: user.id, by: byCli })
    const line = wasDisabled ? `${user.email} can sign in again.` : `${user.email} was not disabled.`
    return success([line], { user_id: user.id, already: !wasDisabled })
  },
)

const logOutAll = oneUserCommand(
  'user logout-all',
  'End every session of a user and revoke every token. The user can sign in again.',
  async (user, world) => {
    const { sessionsEnded, propagated } = await logOutEverywhere(world, {
      userId: user.id,
      reason: 'revoked',
      by: byCli,
    })
    const propagation = await propagated
    const ended = sessionsEnded === 1 ? '1 session was ended' : `${sessionsEnded} sessions were ended`
    return success([`${user.email}: ${ended}. ${propagationSentence(propagation)}`], {
      user_id: user.id,
      sessions_ended: sessionsEnded,
      ...propagationOnWire(propagation),
    })
  },
)

export const userCommands: readonly Command[] = [
  list,
  show,
  createUserCommand,
  userSessions,
  userHistory,
  userFactors,
  userResetMfa,
  setPasswordCommand,
  resetLinkCommand,
  unlockCommand,
  disableOne,
  enableOne,
  logOutAll,
  deleteCommand,
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

function textOf(value: string | boolean | readonly string[] | null): string {
  if (value === null) return '-'
  return typeof value === 'object' ? value.join(', ') || '-' : String(value)
}
