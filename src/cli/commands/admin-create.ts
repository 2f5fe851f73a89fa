import { z } from 'zod'
import { addUser } from '#src/accounts/add.ts'
import { byCli } from '#src/audit/by.ts'
import { exits, failure, told, worldCommand } from '#src/cli/command.ts'
import { userNamed } from '#src/cli/commands/one-user.ts'
import { userOnWire } from '#src/users/user.ts'

export const adminCreate = worldCommand({
  name: 'admin create',
  summary: 'Create an administrator, who can make others.',
  operands: [],
  flags: {
    email: { kind: 'text', value: 'EMAIL', required: true, summary: 'What the administrator signs in with.' },
    'password-stdin': {
      kind: 'stdin',
      key: 'password',
      required: true,
      summary: 'Read the password from the standard input; a terminal asks for it.',
    },
    username: { kind: 'text', value: 'USERNAME', required: false, summary: 'Another name to sign in with.' },
  },
  input: z.strictObject({
    email: z.string().max(254),
    password: z.string().max(60_000),
    username: z.string().max(200).optional(),
  }),
  run: async (world, { email, password, username }) => {
    // Only for a better advice than a visitor gets: whoever registers meanwhile is refused all the same.
    if (await userNamed(world.db.query, email)) {
      const advice = `Make that user an administrator: \`sigil role grant ${email} admin\`.`
      return failure(exits.conflict, 'already_registered', [`${email} is registered already.`, advice])
    }
    const user = await addUser(world, {
      email,
      password,
      username,
      fullName: undefined,
      roles: ['default_user', 'admin'],
      address: '127.0.0.1',
      by: byCli,
    })
    return told([`${user.email} is an administrator now (id ${user.id}).`], { user: userOnWire(user) })
  },
})
