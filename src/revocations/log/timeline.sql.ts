import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** Which history the log belongs to. Tokens issued before `notBefore` are revoked. */
export type Timeline = { readonly timeline: string; readonly notBefore: Instant }

/** The first server to start names the timeline; the others read the name. */
export async function nameTimeline(query: Query, fresh: string): Promise<void> {
  await query(sql`update timelines set timeline = ${fresh} where id = 1 and timeline = ''`)
}

export async function setTimeline(query: Query, { timeline, notBefore }: Timeline): Promise<void> {
  await query(sql`update timelines set timeline = ${timeline}, not_before = ${notBefore} where id = 1`)
}

export async function timelineOf(query: Query): Promise<Timeline> {
  const [row] = await query(sql`select timeline, not_before from timelines where id = 1`)
  if (!row) throw new Error('The database has no timeline')
  return { timeline: row.timeline as string, notBefore: row.not_before as Instant }
}
