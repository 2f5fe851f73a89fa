import { z } from 'zod'

/** The first factor was right and a further one is due: nothing is signed in yet. */
export const MfaRequired = z
  .object({
    mfa_required: z.literal(true),
    mfa_token: z.string().describe('For `POST /auth/mfa`; good for ten minutes and five tries'),
    methods: z.array(z.string()).describe('Any one of these completes the sign-in'),
  })
  .meta({ id: 'MfaRequired' })
