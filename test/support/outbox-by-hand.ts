import { outbox } from '#src/cli/outbox.ts'
import { deliver } from '#src/outbox/deliver.ts'
import { addReader } from '#src/outbox/outbox.sql.ts'
import { readEvents } from '#src/outbox/read-events.ts'
import { sealAll } from '#test/audit/recorded.ts'
import type { Engine } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

/** A server whose outbox runs when the test decides. */
export async function serveWithOutbox(engine: Engine) {
  const clock = testClock()
  const { url, world } = await serveTestWorld(engine, { clock })
  for (const { name } of outbox.readers) await addReader(world.db.query, name)
  const work = async () => {
    await sealAll(world)
    for (const reader of outbox.readers) while ((await readEvents(world, reader)) > 0);
    return deliver(world, outbox.senders)
  }
  return { url, world, clock, work }
}
