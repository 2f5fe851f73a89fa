import { sealedPage } from '#src/audit/events.sql.ts'
import type { ShownEvent } from '#src/audit/list-audit.ts'
import { withPersonal } from '#src/audit/personal.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { World } from '#src/world/world.ts'

const perPage = 200

/** Every sealed event up to a moment, in the order of the log. */
export async function* exportAudit(
  world: Pick<World, 'db' | 'keys'>,
  { until }: { until: Instant },
): AsyncGenerator<ShownEvent> {
  for (let after = 0; ; ) {
    const page = await sealedPage(world.db.query, after, perPage)
    for (const event of page) if (event.at <= until) yield withPersonal(world, event, event)
    const last = page.at(-1)?.place
    if (!last) return
    after = last.seq
  }
}
