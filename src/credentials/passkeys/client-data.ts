import { z } from 'zod'
import { jsonIn } from '#src/platform/json.ts'

const ClientData = z.looseObject({
  challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  crossOrigin: z.boolean().optional(),
})

/**
 * Returns the challenge of a response, or undefined if it cannot be one of ours. Responses from inside a
 * frame of another site are rejected: none of our pages can be framed.
 */
export function challengeIn(clientDataJSON: string): string | undefined {
  const parsed = ClientData.safeParse(jsonIn(Buffer.from(clientDataJSON, 'base64url').toString()))
  return parsed.success && parsed.data.crossOrigin !== true ? parsed.data.challenge : undefined
}
