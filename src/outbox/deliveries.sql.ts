import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A delivery as operators see it, without its content. */
export type ListedDelivery = {
  readonly id: string
  readonly kind: string
  readonly state: DeliveryState
  readonly recipient: string
  readonly attempts: number
  readonly nextAttemptAt: Instant
  readonly createdAt: Instant
  readonly expiresAt: Instant
  readonly lastError: string | undefined
  /** Whether it still has its content. */
  readonly isKept: boolean
}

export const deliveryStates = ['due', 'sent', 'dead'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** The deliveries of one state, newest first. */
export async function listDeliveries(
  query: Query,
  page: { state: DeliveryState; before: Instant; beforeId: string; limit: number },
): Promise<ListedDelivery[]> {
  const { state, before, beforeId, limit } = page
  const rows = await query(sql`select * from outbox_deliveries
    where state = ${state} and (created_at, id) < (${before}, ${beforeId})
    order by created_at desc, id desc limit ${limit}`)
  return rows.map(listedFromRow)
}

export async function findDelivery(query: Query, id: string): Promise<ListedDelivery | undefined> {
  const [row] = await query(sql`select * from outbox_deliveries where id = ${id}`)
  return row && listedFromRow(row)
}

export async function countDeliveries(query: Query): Promise<Readonly<Record<DeliveryState, number>>> {
  const rows = await query(sql`select state, count(*) as present from outbox_deliveries group by state`)
  const counts = new Map(rows.map(({ state, present }) => [state, Number(present)]))
  return { due: counts.get('due') ?? 0, sent: counts.get('sent') ?? 0, dead: counts.get('dead') ?? 0 }
}

/** Makes a dead letter due again. Returns false if it has expired or has no content any more. */
export async function reviveDelivery(query: Query, id: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`update outbox_deliveries
    set state = 'due', finished_at = null, attempts = 0, next_attempt_at = ${now}
    where id = ${id} and state = 'dead' and payload <> '' and expires_at > ${now} returning id`)
  return rows.length === 1
}

/** Gives up a delivery and deletes its content. Returns false if there is nothing to delete. */
export async function discardDelivery(query: Query, id: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`update outbox_deliveries
    set state = 'dead', finished_at = ${now}, payload = '', last_error = 'Discarded by an administrator.'
    where id = ${id} and state <> 'sent' and payload <> '' returning id`)
  return rows.length === 1
}

function listedFromRow(row: Row): ListedDelivery {
  return {
    id: row.id as string,
    kind: row.kind as string,
    state: row.state as DeliveryState,
    recipient: row.recipient as string,
    attempts: row.attempts as number,
    nextAttemptAt: row.next_attempt_at as Instant,
    createdAt: row.created_at as Instant,
    expiresAt: row.expires_at as Instant,
    lastError: (row.last_error as string | null) ?? undefined,
    isKept: row.payload !== '',
  }
}
