import type { Instant } from '#src/platform/clock.ts'
import { type Random, randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { insertSignIn } from '#src/sessions/history.sql.ts'
import { type Client, expiryOf, maxSessionLifetimeMs } from '#src/sessions/session.ts'
import { insertSession } from '#src/sessions/sessions.sql.ts'
import type { Query } from '#src/store/db.ts'
import { sendAlong } from '#src/store/send-along.ts'
import type { FactorKind, Level } from '#src/users/factor.ts'

export type Opening = {
  readonly userId: string
  readonly method: FactorKind
  readonly amr: readonly string[]
  readonly level: Level
  readonly client: Client
  readonly lifetimeMs: number
  /** Our own pages have a separate handle, which outlives an access token. */
  readonly forPages: boolean
}

/** The secrets of a session that only the client has; the database stores hashes of the handles. */
export type Opened = {
  readonly sessionId: string
  readonly handle: string
  readonly pageHandle: string | undefined
}

type Place = {
  readonly random: Random
  readonly now: Instant
  readonly opening: Opening
  readonly sessionId?: string
}

/** A step: inserts the session and its history row. Only `sign-in/` calls it. */
export async function openSession(
  query: Query,
  { random, now, opening, sessionId = randomId(random) }: Place,
): Promise<Opened> {
  const { userId, method, amr, level, client, lifetimeMs } = opening
  const handle = randomId(random)
  const pageHandle = opening.forPages ? randomId(random) : undefined
  const inserting = insertSession(query, {
    id: sessionId,
    userId,
    handleHash: hashOf(handle),
    pageHash: pageHandle === undefined ? undefined : hashOf(pageHandle),
    method,
    amr,
    level,
    now,
    expiresAt: expiryOf({ createdAt: now, now, lifetimeMs }),
    lastExpiresAt: now + maxSessionLifetimeMs,
    client,
  })
  sendAlong(inserting)
  await insertSignIn(query, {
    id: randomId(random),
    userId,
    sessionId,
    at: now,
    outcome: 'signed_in',
    method,
    attempts: 1,
    client,
  })
  return { sessionId, handle, pageHandle }
}
