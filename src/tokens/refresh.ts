import type { By } from '#src/audit/by.ts'
import type { ErrorCode } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import { end } from '#src/sessions/end.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { type Client, graceAfter, judgeRefresh } from '#src/sessions/session.ts'
import { sessionByHandle } from '#src/sessions/sessions.sql.ts'
import { grouped } from '#src/store/grouped.ts'
import type { LabelsOf } from '#src/telemetry/metrics.ts'
import { mintPair, prepareMint, type TokenPair } from '#src/tokens/mint.ts'
import { recognizeRefreshToken } from '#src/tokens/recognize-refresh-token.ts'
import type { RefreshToken } from '#src/tokens/refresh-token.ts'
import {
  findTokenSubject,
  type Rotated,
  type Rotation,
  rotateCounter,
  rotateCounters,
  type TokenSubject,
} from '#src/tokens/token-subject.sql.ts'
import { perWorld, type World } from '#src/world/world.ts'

/** A race can be lost to another tab once; losing several in a row means that something else is wrong. */
const maxAttempts = 5

/**
 * Rotates a refresh token; one conditional update decides which caller does. Within the grace period, the
 * previous token returns the same successor again. Anything older counts as theft and ends the session.
 */
export async function refresh(
  world: World,
  { presented, client, by }: { presented: string; client: Client; by: By },
): Promise<TokenPair> {
  const token = await recognizeRefreshToken(world, presented)
  if (!token) throw rejected(world, 'invalid')
  // Before the counter changes: a client that retries after the grace period would be treated as a thief.
  await prepareMint(world, world.clock.now())
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const now = world.clock.now()
    const lifetimeMs = world.settings.refreshLifetimeMs
    const rotated = await rotating(world)({
      handleHash: hashOf(token.handle),
      counter: token.counter,
      now,
      lifetimeMs,
      client,
    })
    if (rotated) return pairOf(world, { token, subject: rotated.subject, now, outcome: 'rotated' })
    const repeated = await repeatOrReject(world, { token, client, by })
    if (repeated) return repeated
  }
  throw new Error('A refresh token is current, but no update rotates it')
}

const rotating = perWorld(({ db }) =>
  grouped<Rotation, Rotated | undefined>(db, {
    keyOf: ({ handleHash }) => handleHash,
    together: (rotations) => rotateCounters(db.query, rotations),
    alone: (rotation) => rotateCounter(db.query, rotation),
  }),
)

/** Undefined if the token is current after all, because of a race with another call. Then try again. */
async function repeatOrReject(
  world: World,
  { token, client, by }: { token: RefreshToken; client: Client; by: By },
): Promise<TokenPair | undefined> {
  const now = world.clock.now()
  const session = await sessionByHandle(world.db.query, hashOf(token.handle))
  if (!session) throw rejected(world, 'invalid')
  const { rotatedAt } = session
  const outage = world.db.lastOutage?.()
  const graceMs = graceAfter(outage, { rotatedAt, now, graceMs: world.settings.refreshGraceMs })
  const verdict = judgeRefresh(session, { counter: token.counter, client, now, graceMs })
  switch (verdict.kind) {
    case 'current':
      return undefined
    case 'repeat': {
      // Session and user in one snapshot: the session read above may have ended since.
      const subject = await findTokenSubject(world.db.query, { sessionId: session.id, now })
      return pairOf(world, { token, subject, now, outcome: 'repeated' })
    }
    case 'expired':
      throw rejected(world, 'expired')
    case 'never_issued':
      throw rejected(world, 'invalid')
    case 'ended':
      if (verdict.reason !== 'refresh_token_reused') throw rejected(world, 'ended', 'refresh_token_revoked')
      await propagateAll(world)
      throw rejected(world, 'ended', 'refresh_token_reused')
    case 'theft': {
      const { id: sessionId, userId } = session
      const { propagated } = await end(world, { sessionId, userId, reason: 'refresh_token_reused', by })
      await propagated
      world.log.warn(
        { user_id: session.userId, session_id: session.id, address: client.address },
        'A refresh token was used twice, so its session was ended',
      )
      throw rejected(world, 'reused')
    }
  }
}

type Outcome = LabelsOf<'sigil_refreshes_total'>['outcome']

const codes = {
  invalid: 'invalid_token',
  expired: 'refresh_token_expired',
  ended: 'refresh_token_revoked',
  reused: 'refresh_token_reused',
} as const satisfies Partial<Record<Outcome, ErrorCode>>

function rejected(
  { metrics }: World,
  outcome: keyof typeof codes,
  code: ErrorCode = codes[outcome],
): AppError {
  metrics.count('sigil_refreshes_total', { outcome })
  return new AppError(code)
}

type Pairing = {
  readonly token: RefreshToken
  readonly subject: TokenSubject | undefined
  readonly now: number
  readonly outcome: Outcome
}

/**
 * A password change rotates the handle of the session, so a concurrent refresh with the old handle is
 * rejected.
 */
function pairOf(world: World, { token, subject, now, outcome }: Pairing): TokenPair {
  if (subject?.handleHash !== hashOf(token.handle)) throw rejected(world, 'ended')
  world.metrics.count('sigil_refreshes_total', { outcome })
  return mintPair(world, { subject, handle: token.handle, counter: token.counter + 1, now })
}
