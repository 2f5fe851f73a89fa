import { sealedSignal } from '#src/audit/signals.ts'
import { deliver } from '#src/outbox/deliver.ts'
import { addReader, workToDo } from '#src/outbox/outbox.sql.ts'
import { readEvents } from '#src/outbox/read-events.ts'
import type { Outbox } from '#src/outbox/readers.ts'
import type { World } from '#src/world/world.ts'

/** How long what other nodes have written, or what was enqueued without an event, may wait. */
const idleMs = 1000

export type Running = { stop(): Promise<void> }

/** Works on the outbox for as long as the server runs. Idle, it costs one read a second. */
export function runOutbox(world: World, outbox: Outbox): Running {
  const sealed = sealedSignal(world)
  let isStopped = false
  let areReadersAdded = false
  const work = async () => {
    if (!areReadersAdded) for (const { name } of outbox.readers) await addReader(world.db.query, name)
    areReadersAdded = true
    return workOnce(world, outbox)
  }
  const run = async () => {
    while (!isStopped) {
      const { count } = sealed
      const done = await work().catch((error) => {
        world.log.warn({ error }, 'The outbox failed; the next attempt is in a second')
        return 0
      })
      if (done === 0 && !isStopped) await sealed.waitSince(count, idleMs)
    }
  }
  const running = run()
  return {
    stop() {
      isStopped = true
      sealed.raise()
      return running
    },
  }
}

/** Returns how many events and deliveries there were. */
async function workOnce(world: World, { readers, senders }: Outbox): Promise<number> {
  const { behind, isDue } = await workToDo(world.db.query, world.clock.now())
  let done = 0
  for (const reader of readers) if (behind.includes(reader.name)) done += await readEvents(world, reader)
  if (isDue) done += await deliver(world, senders)
  return done
}
