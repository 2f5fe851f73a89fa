import { z } from 'zod'
import { AppError } from '#src/errors/errors.ts'
import { json } from '#src/http/answer.ts'
import { bearerIn } from '#src/http/authorization.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { poll } from '#src/revocations/lease/poll.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { verifierOf } from '#src/revocations/verifier-keys.ts'
import type { World } from '#src/world/world.ts'

const Place = z.int().min(0)

const PollBody = z.strictObject({
  holder: text({ min: 1, max: 64 }).optional().describe('As issued by an earlier answer'),
  after: Place.describe('The place up to which you have the log; 0 for a snapshot'),
  ack: Place.describe('The place up to which you have applied it'),
  wait_ms: z
    .int()
    .min(0)
    .max(60_000)
    .describe('How long to hold the call when there is no news; cut to lease / 4'),
})

const Polled = z.object({
  issuer: z.string().describe('The issuer of the tokens'),
  audience: z.string().describe('The audience of the tokens that this verifier key is for'),
  holder: z.string(),
  timeline: z.string().describe('Another one than before: forget the set and take a snapshot'),
  floor: z.int().describe('Tokens issued before this moment are dead; milliseconds since 1970'),
  head: z.int().describe('The place up to which you have the log now'),
  entries: z.array(
    z.object({
      seq: z.int(),
      key: z.string().describe('A signature, a session id or a kid'),
      expires_at: z.int().describe('No token that it kills lives longer; milliseconds since 1970'),
    }),
  ),
  lease_ms: z
    .int()
    .describe(
      'How long you may judge by this, counted from when you sent the poll; 0: ask for the rest first',
    ),
  now: z.int().describe("The server's wall clock; milliseconds since 1970"),
})

/** Shaped like RFC 8936 (polling for security events): the poll is the acknowledgement and the renewal. */
export const pollCall = endpoint({
  summary: 'Gives a resource server what was revoked since it last asked, and a lease to judge by itself.',
  body: PollBody,
  responses: { 200: Polled },
  errors: ['not_signed_in', 'unavailable'],
  handle: async (world: World, { body, header }) => {
    const verifier = await verifierOf(world, bearerIn(header('authorization') ?? '') ?? '')
    if (!verifier) throw new AppError('not_signed_in')
    const polled = await poll(revocationNode(world), {
      keyId: verifier.id,
      holder: body.holder,
      after: body.after,
      ack: Math.min(body.ack, body.after),
      waitMs: body.wait_ms,
    })
    const issuer = world.settings.publicUrl
    return json(200, {
      issuer,
      audience: issuer,
      holder: polled.holder,
      timeline: polled.timeline,
      floor: polled.notBefore,
      head: polled.head,
      entries: polled.entries.map(({ seq, id, expiresAt }) => ({ seq, key: id, expires_at: expiresAt })),
      lease_ms: polled.leaseMs,
      now: polled.now,
    })
  },
})
