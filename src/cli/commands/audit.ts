import { z } from 'zod'
import { events } from '#src/audit/events.ts'
import { listAudit, type ShownEvent } from '#src/audit/list-audit.ts'
import { eventOnWire } from '#src/audit/on-wire.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { type Command, failure, success, worldCommand } from '#src/cli/command.ts'
import { auditExport } from '#src/cli/commands/audit-export.ts'
import { columns } from '#src/cli/help.ts'
import { pace } from '#src/cli/pace.ts'
import { readCursor } from '#src/http/cursor.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import type { World } from '#src/world/world.ts'

const optional = { kind: 'text', required: false } as const

const flags = {
  event: { ...optional, value: 'EVENT', summary: 'Only events with this name, such as user.signed_in.' },
  actor: { ...optional, value: 'ID', summary: 'Only events caused by this user or verifier.' },
  target: { ...optional, value: 'ID', summary: 'Only events about this user, session, role or key.' },
  limit: { ...optional, value: 'COUNT', summary: 'Maximum number of events: 1 to 1000, 100 by default.' },
} as const

const Input = z.strictObject({
  event: z
    .enum(Object.keys(events), { error: 'There is no such event. See docs/reference/events.md.' })
    .optional(),
  actor: z.string().min(1).max(100).optional(),
  target: z.string().min(1).max(100).optional(),
  limit: z.coerce.number('must be a whole number from 1 to 1000.').int().min(1).max(1000).default(100),
})

const list = worldCommand({
  name: 'audit list',
  creates: 'nothing',
  summary: 'List events of the audit log, newest first.',
  operands: [],
  flags,
  input: Input,
  run: async (world, input) => listed(await newest(world, input)),
})

const tail = worldCommand({
  name: 'audit tail',
  creates: 'nothing',
  summary: 'Print the latest events of the audit log, newest last.',
  operands: [],
  flags,
  input: Input,
  run: async (world, input) => listed((await newest(world, input)).toReversed()),
})

const verify = worldCommand({
  name: 'audit verify',
  creates: 'nothing',
  summary: 'Check that no event of the audit log was changed, moved or deleted.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async (world, _input, report) => {
    const verdict = await verifyAudit(world, pace(world.clock, 'events', report))
    if (verdict.kind === 'broken') {
      return failure('audit_broken', [
        `The audit log cannot be trusted from event ${verdict.seq} on. ${verdict.why}`,
        'Compare it with a backup, and find out who can write to this database.',
      ])
    }
    const { events, first, unsealed, head } = verdict
    const kept = events + 1 - first
    const lines = kept === 1 ? '1 event' : `${kept} events`
    return success(
      [
        `The audit log is intact: ${lines}, ending in ${head || 'nothing'}.`,
        ...(unsealed > 0 ? [`Events not sealed yet: ${unsealed}.`] : []),
        'Keep the count and the ending elsewhere: a log that is rolled back to an older state looks intact.',
      ],
      { whole: true, events, first, unsealed, head },
    )
  },
})

async function newest(
  world: World,
  { event, actor, target, limit }: z.output<typeof Input>,
): Promise<ShownEvent[]> {
  const filters = { event, actorId: actor, targetId: target }
  const found = await listAudit(world, { place: readCursor(undefined), limit, filters })
  return found.slice(0, limit)
}

function listed(found: readonly ShownEvent[]) {
  const shown = found.map(eventOnWire)
  const rows = found.map(({ at, event, actor, target, address, isErased }, index) => [
    rfc3339(at),
    // Without the role, the events of all roles look the same.
    [event, shown[index]?.details.role ?? ''].join(' ').trimEnd(),
    named(actor),
    named(target),
    address ?? (isErased ? 'erased' : '-'),
  ])
  const table = columns([['TIME', 'EVENT', 'ACTOR', 'TARGET', 'IP'], ...rows])
  return success(rows.length === 0 ? ['There are no such events.'] : table, { events: shown as never })
}

function named(who: { readonly kind: string; readonly id?: string }): string {
  return who.id === undefined ? who.kind : `${who.kind} ${who.id}`
}

export const auditCommands: readonly Command[] = [list, tail, auditExport, verify]
