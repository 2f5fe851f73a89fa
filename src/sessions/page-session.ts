import type { By } from '#src/audit/by.ts'
import type { Instant } from '#src/platform/clock.ts'
import { randomId } from '#src/platform/random.ts'
import { end } from '#src/sessions/end.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { extendPageSession, markPageHandleSeen, replaceLostPageHandle } from '#src/sessions/handles.sql.ts'
import { recognizePageHandle } from '#src/sessions/page-handle.ts'
import { isStaleCopy, type Session } from '#src/sessions/session.ts'
import { sessionByPage } from '#src/sessions/sessions.sql.ts'
import type { World } from '#src/world/world.ts'

const dayMs = 24 * 60 * 60 * 1000

type Found = { readonly session: Session; readonly pageHandle: string }

/**
 * Finds the session of a session cookie. Reuse of a handle whose successor is in use ends the session, like
 * the reuse of a refresh token: one of the two clients has a stolen copy.
 */
export async function findPageSession(world: World, cookie: string, by: By): Promise<Found | undefined> {
  const { db, clock } = world
  const found = await lookUp(world, cookie)
  if (found?.kind === 'reused') {
    const { id: sessionId, userId } = found.session
    const { propagated } = await end(world, { sessionId, userId, reason: 'page_session_reused', by })
    await propagated
    return undefined
  }
  if (found?.kind === 'first_use') await markPageHandleSeen(db.query, hashOf(found.pageHandle), clock.now())
  return found
}

/** The same without a write, for HEAD: a reused handle is rejected, and its session stays open. */
export async function readPageSession(world: World, cookie: string): Promise<Found | undefined> {
  const found = await lookUp(world, cookie)
  return found?.kind === 'reused' ? undefined : found
}

type LookedUp = Found & { readonly kind: 'known' | 'first_use' | 'reused' }

async function lookUp(world: World, cookie: string): Promise<LookedUp | undefined> {
  const { db, clock, settings } = world
  const pageHandle = await recognizePageHandle(world, cookie)
  const found = pageHandle && (await sessionByPage(db.query, hashOf(pageHandle)))
  if (!found) return undefined
  const { session, handle } = found
  if (session.state === 'ended') return { kind: 'known', session, pageHandle }
  const isReused = isStaleCopy(handle, { now: clock.now(), graceMs: settings.refreshGraceMs })
  if (isReused) return { kind: 'reused', session, pageHandle }
  const isFirstUse = handle.isCurrent && handle.successorSeenAt === undefined
  return { kind: isFirstUse ? 'first_use' : 'known', session, pageHandle }
}

/** A new handle for the browser, and its expiry. */
export type Renewed = { readonly pageHandle: string; readonly expiresAt: Instant }

/**
 * A page view extends its session, like a refresh by a client: up to its absolute lifetime, and with a new
 * handle. At most once a day, or ten times in a shorter lifetime, so that nearly every view only reads.
 * Returns undefined if nothing changes.
 */
export async function keepAlive(
  { db, clock, random, settings }: World,
  view: { sessionId: string; expiresAt: Instant; pageHandle: string },
): Promise<Renewed | undefined> {
  const now = clock.now()
  const lifetimeMs = settings.refreshLifetimeMs
  const pageHandle = randomId(random)
  const pageHash = hashOf(pageHandle)
  const lost = { previousHash: hashOf(view.pageHandle), pageHash, now }
  const to = now + lifetimeMs
  const wasUsedLately = view.expiresAt > to - Math.min(dayMs, lifetimeMs / 10)
  const expiresAt = wasUsedLately
    ? await replaceLostPageHandle(db.query, lost)
    : await extendPageSession(db.query, { id: view.sessionId, now, from: view.expiresAt, to, pageHash })
  return expiresAt === undefined ? undefined : { pageHandle, expiresAt }
}
