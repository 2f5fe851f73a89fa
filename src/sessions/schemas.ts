import { z } from 'zod'

export const SessionBody = z
  .object({
    id: z.string(),
    current: z.boolean().describe('The session that this call was made with'),
    method: z.string(),
    ip: z.string(),
    user_agent: z.string(),
    browser: z.string().nullable(),
    system: z.string().nullable(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Session' })

export const SignInBody = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    outcome: z.enum(['signed_in', 'wrong_credentials', 'wrong_code', 'disabled', 'limited', 'abandoned']),
    method: z.string(),
    attempts: z.int().describe('Number of consecutive attempts in this entry'),
    session_id: z.string().nullable(),
    ip: z.string(),
    user_agent: z.string(),
    browser: z.string().nullable(),
    system: z.string().nullable(),
  })
  .meta({ id: 'SignIn' })
