import { z } from 'zod'
import { listedKinds } from '#src/users/factor.ts'

export const FactorsBody = z
  .object({
    data: z.array(
      z.object({
        id: z.string().describe('The id for removing the factor'),
        method: z.enum(listedKinds),
        name: z.string().nullable(),
        added_at: z.iso.datetime(),
      }),
    ),
    recovery_codes_left: z.int(),
  })
  .meta({ id: 'Factors' })

export const TrustedDeviceBody = z
  .object({
    id: z.string(),
    ip: z.string(),
    user_agent: z.string(),
    browser: z.string().nullable(),
    system: z.string().nullable(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'TrustedDevice' })
