import assert from 'node:assert/strict'
import { bySystem } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { sealEvents } from '#src/audit/seal-events.ts'
import { sealerState } from '#src/audit/segments.sql.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import type { Sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import type { Administrator } from '#test/administration/administrator.ts'
import type { Engine } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

type Named = { readonly kind: string; readonly id: string | null }

/** One line of the log, as the API lists it for an administrator. */
export type AuditEventOnWire = {
  readonly seq: number | null
  readonly sealed: boolean
  readonly erased: boolean
  readonly at: string
  readonly event: string
  readonly actor: Named
  readonly target: Named
  readonly ip: string | null
  readonly request_id: string | null
  readonly details: Readonly<Record<string, unknown>>
  readonly hash: string | null
}

export type AuditPage = { readonly data: readonly AuditEventOnWire[]; readonly next_cursor: string | null }

export async function auditPage(admin: Administrator, query: string): Promise<AuditPage> {
  const reply = await admin.call('GET', `/audit?${query}`)
  assert.equal(reply.status, 200, reply.text)
  return JSON.parse(reply.text) as AuditPage
}

export async function auditEvents(admin: Administrator, query: string): Promise<readonly AuditEventOnWire[]> {
  return (await auditPage(admin, query)).data
}

/** Records one event about a user, in a separate transaction. */
export async function record(world: World, id: string): Promise<void> {
  await world.db.transaction((query) =>
    recordEvent(query, world, {
      event: 'user.disabled',
      by: bySystem,
      target: { kind: 'user', id },
      details: { before: { state: 'active' }, after: { state: 'disabled' } },
    }),
  )
}

/** A log of six events in two segments. */
export async function sixSealed(engine: Engine): Promise<World> {
  const world = await openTestWorld(engine, { clock: testClock() })
  for (const ids of ['abc', 'def']) {
    for (const id of ids) await record(world, id)
    await sealAll(world)
  }
  return world
}

/** The position at which the log is reported as broken after these changes, or that it is intact. */
export async function verdictAfter(world: World, ...tampering: Sql[]): Promise<number | string> {
  for (const statement of tampering) await world.db.query(statement)
  const verdict = await verifyAudit(world)
  return verdict.kind === 'broken' ? verdict.seq : verdict.kind
}

/**
 * Seals all committed events, even next to a running server: in the name of the sealer that has the lease.
 */
export async function sealAll(world: World): Promise<void> {
  for (;;) {
    const { hasUnsealed, lease } = await sealerState(world.db.query)
    if (!hasUnsealed) return
    await sealEvents(world, lease.owner || 'a test')
  }
}
