import type { By } from '#src/audit/by.ts'
import { AppError, type ErrorCode } from '#src/errors/errors.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import { end } from '#src/sessions/end.ts'
import { findByHandle } from '#src/sessions/find.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { rotate } from '#src/sessions/rotate.ts'
import { type Client, judgeRefresh } from '#src/sessions/session.ts'
import type { LabelsOf } from '#src/telemetry/metrics.ts'
import { findTokenSubject } from '#src/tokens/find-token-subject.ts'
import { mintPair, prepareMint, type TokenPair } from '#src/tokens/mint.ts'
import { recognizeRefreshToken } from '#src/tokens/recognize-refresh-token.ts'
import type { RefreshToken } from '#src/tokens/refresh-token.ts'
import type { World } from '#src/world/world.ts'

/** A race can be lost to another tab once; more often in a row means that something else is wrong. */
const attempts = 5

/**
 * Rotates a refresh token: one conditional update decides who does. The token just before gets the same
 * successor again within the grace; anything older is theft and ends the session.
 */
export async function refresh(
  world: World,
  { presented, client, by }: { presented: string; client: Client; by: By },
): Promise<TokenPair> {
  const token = await recognizeRefreshToken(world, presented)
  if (!token) throw refused(world, 'invalid')
  // Before the counter moves: who asks again past the grace would be taken for a thief.
  await prepareMint(world, world.clock.now())
  for (let attempt = 0; attempt < attempts; attempt++) {
    const now = world.clock.now()
    const lifetimeMs = world.settings.refreshLifetimeMs
    const sessionId = await rotate(world.db, { ...token, now, lifetimeMs, client })
    if (sessionId !== undefined) return pairOf(world, { token, sessionId, now, outcome: 'rotated' })
    const repeated = await repeatOrRefuse(world, { token, client, by })
    if (repeated) return repeated
  }
  throw new Error('A refresh token is current, and yet no update rotates it')
}

/** Undefined where the counter was taken between the two looks: then the caller looks again. */
async function repeatOrRefuse(
  world: World,
  { token, client, by }: { token: RefreshToken; client: Client; by: By },
): Promise<TokenPair | undefined> {
  const now = world.clock.now()
  const session = await findByHandle(world.db.query, token.handle)
  if (!session) throw refused(world, 'invalid')
  const graceMs = world.settings.refreshGraceMs
  const verdict = judgeRefresh(session, { counter: token.counter, client, now, graceMs })
  switch (verdict.kind) {
    case 'current':
      return undefined
    case 'repeat':
      return pairOf(world, { token, sessionId: session.id, now, outcome: 'repeated' })
    case 'expired':
      throw refused(world, 'expired')
    case 'never_issued':
      throw refused(world, 'invalid')
    case 'ended':
      if (verdict.reason !== 'refresh_token_reused') throw refused(world, 'ended', 'refresh_token_revoked')
      await propagateAll(world)
      throw refused(world, 'ended', 'refresh_token_reused')
    case 'theft': {
      const { propagated } = await end(world, { sessionId: session.id, reason: 'refresh_token_reused', by })
      await propagated
      world.log.warn(
        { user_id: session.userId, session_id: session.id, address: client.address },
        'A refresh token was used twice, so its session was ended',
      )
      throw refused(world, 'reused')
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

function refused(
  { metrics }: World,
  outcome: keyof typeof codes,
  code: ErrorCode = codes[outcome],
): AppError {
  metrics.count('sigil_refreshes_total', { outcome })
  return new AppError(code)
}

/**
 * Looks once more, in one snapshot: an update that waited for a row lock may have read a signature that died
 * while it waited, and a session that was rotated may have ended since. A change of password gives its
 * session a new handle: whoever refreshes the old one meanwhile gets nothing.
 */
async function pairOf(
  world: World,
  {
    token,
    sessionId,
    now,
    outcome,
  }: { token: RefreshToken; sessionId: string; now: number; outcome: Outcome },
): Promise<TokenPair> {
  const subject = await findTokenSubject(world.db.query, { sessionId, now })
  if (subject?.handleHash !== hashOf(token.handle)) throw refused(world, 'ended')
  world.metrics.count('sigil_refreshes_total', { outcome })
  return mintPair(world, { subject, handle: token.handle, counter: token.counter + 1, now })
}
