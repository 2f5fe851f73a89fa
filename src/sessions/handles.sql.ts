import type { Instant } from '#src/platform/clock.ts'
import { extendedFrom } from '#src/sessions/session.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { Level } from '#src/users/factor.ts'

export type NewHandles = {
  readonly id: string
  readonly handleHash: string
  /** Stored only for a page session. */
  readonly pageHash: string
  readonly now: Instant
}

/**
 * Rotates the handles of a session whose user has just authenticated again: all earlier handles stop working,
 * including stolen copies. Returns undefined if the session has ended.
 */
export async function replaceHandles(
  query: Query,
  { id, handleHash, pageHash, now }: NewHandles,
): Promise<{ isPage: boolean } | undefined> {
  const [row] = await query(sql`update sessions set handle_hash = ${handleHash}, counter = 0,
      rotated_at = ${now}, authenticated_at = ${now},
      page_hash = case when page_hash is null then null else ${pageHash} end,
      previous_page_hash = null, page_seen_at = null
    where id = ${id} and ended_at is null and expires_at > ${now} returning page_hash`)
  return row && { isPage: row.page_hash !== null }
}

/** Stores a further proof in a session. */
export async function setProof(
  query: Query,
  proof: { id: string; amr: readonly string[]; level: Level },
): Promise<void> {
  await query(sql`update sessions set amr = ${JSON.stringify(proof.amr)}, acr = ${proof.level}
    where id = ${proof.id}`)
}

/**
 * Extends a page session if its expiry is still the given one, and rotates its handle. The previous handle
 * keeps working until the new one was seen. `rotated_at` is when the session was last used.
 */
export async function extendPageSession(
  query: Query,
  { id, now, from, to, pageHash }: { id: string; now: Instant; from: Instant; to: Instant; pageHash: string },
): Promise<Instant | undefined> {
  const [row] = await query(sql`update sessions set rotated_at = ${now},
      expires_at = case when last_expires_at < ${to} then last_expires_at else ${to} end,
      previous_page_hash = page_hash, page_hash = ${pageHash}, page_seen_at = null
    where id = ${id} and page_hash is not null and ended_at is null and expires_at > ${now}
      and expires_at = ${from} and expires_at < last_expires_at
    returning expires_at`)
  return row?.expires_at as Instant | undefined
}

/** Extends a session that an app uses, if that is due. */
export async function extendSession(
  query: Query,
  { id, now, lifetimeMs }: { id: string; now: Instant; lifetimeMs: number },
): Promise<void> {
  const to = now + lifetimeMs
  const from = extendedFrom({ now, lifetimeMs })
  await query(sql`update sessions
    set expires_at = case when last_expires_at < ${to} then last_expires_at else ${to} end
    where id = ${id} and ended_at is null and expires_at > ${now} and expires_at <= ${from}`)
}

/**
 * The response with the new handle was lost: creates another one, as long as none of the new ones was seen.
 */
export async function replaceLostPageHandle(
  query: Query,
  { previousHash, pageHash, now }: { previousHash: string; pageHash: string; now: Instant },
): Promise<Instant | undefined> {
  const [row] = await query(sql`update sessions set page_hash = ${pageHash}
    where previous_page_hash = ${previousHash} and page_seen_at is null
      and ended_at is null and expires_at > ${now} returning expires_at`)
  return row?.expires_at as Instant | undefined
}

/** From now on the previous handle is a stale copy. */
export async function markPageHandleSeen(query: Query, pageHash: string, now: Instant): Promise<void> {
  await query(sql`update sessions set page_seen_at = ${now}
    where page_hash = ${pageHash} and page_seen_at is null`)
}
