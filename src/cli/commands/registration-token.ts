import { z } from 'zod'
import { makeRegistrationToken } from '#src/apps/register-app.ts'
import { byCli } from '#src/audit/by.ts'
import { success, worldCommand } from '#src/cli/command.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { duration } from '#src/settings/readers.ts'

export const registrationTokenCommand = worldCommand({
  name: 'app registration-token',
  creates: 'nothing',
  summary: 'Create a token with which apps register themselves. Prints it once.',
  operands: [],
  flags: {
    expires: {
      kind: 'text',
      value: 'DURATION',
      required: false,
      summary: 'Lifetime of the token; 7d by default.',
    },
    uses: { kind: 'text', value: 'NUMBER', required: false, summary: 'Maximum uses; 1 by default.' },
  },
  input: z.strictObject({
    expires: z.string().default('7d').pipe(duration('1m', '365d')),
    uses: z.coerce.number('must be a number from 1 to 1000.').int().min(1).max(1000).default(1),
  }),
  run: async (world, { expires, uses }) => {
    const { token, expiresAt } = await makeRegistrationToken(world, { lifetimeMs: expires, uses, by: byCli })
    const once = 'It is shown only once. Apps send it as Bearer to the registration endpoint.'
    return success([token, '', once], {
      registration_token: token,
      uses,
      expires_at: rfc3339(expiresAt),
      registration_endpoint: `${world.settings.publicUrl}/oauth/register`,
    })
  },
})
