import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** Sessions that are live at the moments from the index `first` on, and not from `end` on. */
export type LiveSpan = { readonly first: number; readonly end: number; readonly sessions: number }

type Moments = { readonly start: Instant; readonly stepMs: number; readonly count: number }
type Piece = { readonly after: Instant; readonly last: Instant }

/**
 * A session is live from its beginning until it ends or expires. Both are in its row, so the number of live
 * sessions at a past moment can be computed from the rows. One pass over a batch counts for all moments:
 * `start`, `start + stepMs` and so on.
 */
export async function liveSpans(query: Query, moments: Moments, piece: Piece): Promise<LiveSpan[]> {
  const { start, stepMs, count } = moments
  const { after, last } = piece
  const round = stepMs - 1
  const rows = await query(sql`select first, past, count(*) as sessions from (
      select case when created_at <= ${start} then 0
          else (created_at - ${start} + ${round}) / ${stepMs} end as first,
        case when until <= ${start} then 0 else (until - ${start} + ${round}) / ${stepMs} end as past
      from (select created_at,
          case when ended_at is not null and ended_at < expires_at then ended_at else expires_at end as until
        from sessions where last_expires_at > ${after} and last_expires_at <= ${last}) as lives
    ) as spans
    where first < past and first < ${count} group by first, past`)
  return rows.map((row) => ({
    first: Number(row.first),
    end: Math.min(Number(row.past), count),
    sessions: Number(row.sessions),
  }))
}
