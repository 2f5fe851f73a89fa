import { z } from 'zod'
import { addUser } from '#src/accounts/add.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import { createResetLink, setPasswordOf, unlock } from '#src/accounts/set-password.ts'
import { byCli } from '#src/audit/by.ts'
import { success, worldCommand } from '#src/cli/command.ts'
import {
  noSuchUser,
  oneUserCommand,
  propagationOnWire,
  propagationSentence,
  UserWord,
  userNamed,
} from '#src/cli/commands/one-user.ts'
import { AppError } from '#src/errors/errors.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { userOnWire } from '#src/users/user.ts'

const address = '127.0.0.1'

export const createUserCommand = worldCommand({
  name: 'user create',
  creates: 'nothing',
  summary: 'Add a user, with or without a password.',
  operands: [],
  flags: {
    email: { kind: 'text', value: 'EMAIL', required: true, summary: 'The email to sign in with.' },
    'password-stdin': {
      kind: 'stdin',
      key: 'password',
      required: false,
      summary: 'Read the password from standard input; a terminal prompts for it.',
    },
    username: { kind: 'text', value: 'USERNAME', required: false, summary: 'A username to sign in with.' },
    name: { kind: 'text', value: 'NAME', required: false, summary: 'The full name.' },
    verified: { kind: 'switch', summary: 'Mark the email as verified.' },
  },
  input: z.strictObject({
    email: z.string().max(254),
    password: z.string().max(60_000).optional(),
    username: z.string().max(200).optional(),
    name: z.string().max(200).optional(),
    verified: z.literal(true).optional(),
  }),
  run: async (world, { email, password, username, name, verified }) => {
    const user = await addUser(world, {
      email,
      password,
      username,
      fullName: name,
      roles: ['default_user'],
      isEmailVerified: verified === true,
      address,
      by: byCli,
    })
    const created = verified ? { ...user, emailVerifiedAt: world.clock.now() } : user
    return success([`Created ${user.email} (id ${user.id}).`], { user: userOnWire(created) })
  },
})

export const setPasswordCommand = worldCommand({
  name: 'user set-password',
  creates: 'nothing',
  summary: 'Set the password of a user and end every session.',
  operands: ['user'],
  flags: {
    'password-stdin': {
      kind: 'stdin',
      key: 'password',
      required: true,
      summary: 'Read the password from standard input; a terminal prompts for it.',
    },
    'must-change': { kind: 'switch', summary: 'The next sign-in has to replace the password.' },
  },
  input: z.strictObject({
    user: UserWord,
    password: z.string().max(60_000),
    'must-change': z.literal(true).optional(),
  }),
  run: async (world, { user: login, password, 'must-change': mustChange }) => {
    const user = await userNamed(world.db.query, login)
    if (!user) return noSuchUser(login)
    const setting = { userId: user.id, password, mustChange: mustChange === true, address, by: byCli }
    const propagation = await (await setPasswordOf(world, setting)).propagated
    return success([`${user.email} has a new password. ${propagationSentence(propagation)}`], {
      user_id: user.id,
      must_change: mustChange === true,
      ...propagationOnWire(propagation),
    })
  },
})

export const resetLinkCommand = oneUserCommand(
  'user reset-link',
  'Print a link with which the user sets a new password, once.',
  async (user, world) => {
    const { url, expiresAt } = await createResetLink(world, { userId: user.id, by: byCli })
    const expires = rfc3339(expiresAt)
    const lines = [
      url,
      '',
      `For ${user.email}; works once, until ${expires}. Do not share it with anyone else.`,
    ]
    return success(lines, { user_id: user.id, url, expires_at: expires })
  },
)

export const unlockCommand = oneUserCommand(
  'user unlock',
  'Unlock a password after 100 wrong ones in a row.',
  async (user, world) => {
    await unlock(world, { userId: user.id, by: byCli })
    return success([`${user.email} can sign in with the password again.`], { user_id: user.id })
  },
)

export const deleteCommand = oneUserCommand(
  'user delete',
  'Delete a user and all their data.',
  async (user, world) => {
    const { removed, propagated } = await removeWithTokens(world, { userId: user.id, by: byCli })
    if (removed === 'last_admin') throw new AppError('last_admin')
    if (removed === 'not_there') return noSuchUser(user.email)
    const propagation = await propagated
    return success([`${user.email} was deleted. ${propagationSentence(propagation)}`], {
      user_id: user.id,
      ...propagationOnWire(propagation),
    })
  },
)
