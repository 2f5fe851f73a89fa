import { sealedSignal } from '#src/audit/signals.ts'
import { type Started, startDeliveries } from '#src/outbox/deliver.ts'
import { addReader, workToDo } from '#src/outbox/outbox.sql.ts'
import { readEvents } from '#src/outbox/read-events.ts'
import type { Outbox } from '#src/outbox/readers.ts'
import type { World } from '#src/world/world.ts'

/** How long deliveries that other nodes enqueued, or that were enqueued without an event, may wait. */
const idleMs = 1000

export type Running = { stop(): Promise<void> }

/** Works on the outbox for as long as the server runs. Idle, it costs one read a second. */
export function runOutbox(world: World, outbox: Outbox): Running {
  const sealed = sealedSignal(world)
  let isStopped = false
  let areReadersAdded = false
  const background = attemptsInBackground(world, () => sealed.raise())
  const work = async () => {
    if (!areReadersAdded) for (const { name } of outbox.readers) await addReader(world.db.query, name)
    areReadersAdded = true
    return workOnce(world, outbox, background)
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
      return running.then(background.finished)
    },
  }
}

/** Returns the number of events and deliveries. */
async function workOnce(
  world: World,
  { readers, senders }: Outbox,
  { start }: ReturnType<typeof attemptsInBackground>,
): Promise<number> {
  const { behind, isDue } = await workToDo(world.db.query, world.clock.now())
  let done = 0
  for (const reader of readers) if (behind.includes(reader.name)) done += await readEvents(world, reader)
  if (isDue) done += await start(senders)
  return done
}

/** Attempts run in parallel to the readers: a slow recipient delays neither readers nor other kinds. */
function attemptsInBackground(world: World, onFreePlace: () => void) {
  const inFlight = new Map<string, number>()
  const attempts = new Set<Promise<void>>()
  const count = (kind: string, by: number) => inFlight.set(kind, (inFlight.get(kind) ?? 0) + by)
  const follow = ({ kind, attempt }: Started) => {
    count(kind, 1)
    const followed = attempt
      .catch((error) => world.log.warn({ error, kind }, 'The result of a delivery was not stored'))
      .finally(() => {
        count(kind, -1)
        attempts.delete(followed)
        onFreePlace()
      })
    attempts.add(followed)
  }
  return {
    async start(senders: Outbox['senders']): Promise<number> {
      const started = await startDeliveries(world, senders, inFlight)
      for (const one of started) follow(one)
      return started.length
    },
    async finished(): Promise<void> {
      await Promise.all(attempts)
    },
  }
}
