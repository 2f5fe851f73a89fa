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

const Seq = z.int().min(0)

const PollBody = z.strictObject({
  holder: text({ min: 1, max: 64 }).optional().describe('As returned by an earlier poll'),
  after: Seq.describe('The last entry that you have received; 0 for a snapshot'),
  ack: Seq.describe('The last entry that you have applied'),
  wait_ms: z
    .int()
    .min(0)
    .max(60_000)
    .describe('How long to wait for new entries; at most a quarter of the lease'),
})

const Polled = z.object({
  issuer: z.string().describe('The issuer of the tokens'),
  audience: z.string().describe('The audience of the tokens that this verifier key is for'),
  holder: z.string(),
  timeline: z.string().describe('If it has changed, discard all entries and request a snapshot'),
  floor: z.int().describe('Tokens issued before this moment are revoked; milliseconds since 1970'),
  dropped_until: z
    .int()
    .describe('Entries were dropped: tokens that expired by then are expired; milliseconds since 1970'),
  head: z.int().describe('The last entry in this response'),
  entries: z.array(
    z.object({
      seq: z.int(),
      key: z.string().describe('The revoked id: a signature, a session, a grant, an app or a `kid`'),
      expires_at: z
        .int()
        .describe('Every token that it revokes has expired by then; milliseconds since 1970'),
    }),
  ),
  lease_ms: z
    .int()
    .describe(
      'How long you may verify tokens, counted from when you sent the poll; 0: poll for the rest first',
    ),
  now: z.int().describe("The server's wall clock; milliseconds since 1970"),
})

/** Shaped like RFC 8936 (polling for security events): the poll is the acknowledgement and the renewal. */
export const pollCall = endpoint({
  summary: 'Returns the revocations since the last poll, and a lease to verify tokens locally.',
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
      audience: verifier.audience ?? issuer,
      holder: polled.holder,
      timeline: polled.timeline,
      floor: polled.notBefore,
      dropped_until: polled.droppedUntil,
      head: polled.head,
      entries: polled.entries.map(({ seq, id, expiresAt }) => ({ seq, key: id, expires_at: expiresAt })),
      lease_ms: polled.leaseMs,
      now: polled.now,
    })
  },
})
