import { z } from 'zod'
import { addUser } from '#src/accounts/add.ts'
import { byCli } from '#src/audit/by.ts'
import { success, worldCommand } from '#src/cli/command.ts'
import { userNamed } from '#src/cli/commands/one-user.ts'
import { errorFailure } from '#src/cli/failures.ts'
import { userOnWire } from '#src/users/user.ts'

export const adminCreate = worldCommand({
  name: 'admin create',
  creates: 'database',
  summary: 'Create an administrator.',
  operands: [],
  flags: {
    email: { kind: 'text', value: 'EMAIL', required: true, summary: 'The email to sign in with.' },
    'password-stdin': {
      kind: 'stdin',
      key: 'password',
      required: true,
      summary: 'Read the password from standard input; a terminal prompts for it.',
    },
    username: { kind: 'text', value: 'USERNAME', required: false, summary: 'A username to sign in with.' },
  },
  input: z.strictObject({
    email: z.string().max(254),
    password: z.string().max(60_000),
    username: z.string().max(200).optional(),
  }),
  run: async (world, { email, password, username }) => {
    // Only for better advice: `addUser` also reports a taken email.
    if (await userNamed(world.db.query, email)) {
      const advice = `To make that user an administrator: \`sigil role grant ${email} admin\`.`
      return errorFailure('already_registered', [`${email} is already registered.`, advice])
    }
    const user = await addUser(world, {
      email,
      password,
      username,
      fullName: undefined,
      roles: ['default_user', 'admin'],
      // Otherwise the first administrator could not sign in before mail works.
      isEmailVerified: true,
      address: '127.0.0.1',
      by: byCli,
    })
    return success([`${user.email} is now an administrator (id ${user.id}).`], { user: userOnWire(user) })
  },
})
