import { z } from 'zod'
import { anyText } from '#src/http/text.ts'

export const UserBody = z
  .object({
    id: z.string(),
    email: z.string(),
    email_verified: z.boolean(),
    username: z.string().nullable(),
    full_name: z.string().nullable(),
    status: z.enum(['active', 'disabled']),
    roles: z.array(z.string()).readonly(),
    created_at: z.iso.datetime(),
    last_signed_in_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'User' })

export const SignedIn = z
  .object({
    access_token: z.string().optional().describe('Absent with the transport `cookie`'),
    token_type: z.literal('Bearer'),
    expires_in: z.int().describe('Seconds until the access token expires'),
    refresh_token: z.string().optional().describe('Absent with the transport `cookie`'),
    refresh_expires_in: z.int().describe('Seconds until the session ends if it is not refreshed'),
    session_id: z.string(),
    user: UserBody,
  })
  .meta({ id: 'SignedIn' })

/** Any length: a token that is too long gets the same error as any other invalid token. */
const TokenText = anyText()

export const RefreshBody = z.strictObject({ refresh_token: TokenText.optional() })

export const VerifyBody = z.strictObject({ token: TokenText.optional() })

export const Verified = z
  .union([
    z.object({
      access: z.literal(true),
      user_id: z.string(),
      session_id: z.string(),
      roles: z.array(z.string()),
      expires_at: z.iso.datetime(),
    }),
    z.object({ access: z.literal(false) }),
  ])
  .meta({ id: 'Verified' })

export const LoggedOutEverywhere = z
  .object({
    sessions_ended: z.int(),
    everywhere: z.boolean().describe('Whether every server node and attached verifier rejects old tokens'),
    waited_ms: z.int().describe('How long the call waited for propagation, in milliseconds'),
  })
  .meta({ id: 'LoggedOutEverywhere' })
