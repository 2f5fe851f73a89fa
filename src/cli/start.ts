import { sealForEver } from '#src/audit/seal-for-ever.ts'
import { runSchedule } from '#src/backup/run-schedule.ts'
import { applyAppsFile } from '#src/cli/apply-apps-file.ts'
import { startCleaning } from '#src/cli/clean.ts'
import { openWhenReady } from '#src/cli/open-when-ready.ts'
import { openWorldOn } from '#src/cli/open-world.ts'
import { outbox } from '#src/cli/outbox.ts'
import { runOutbox } from '#src/outbox/run-outbox.ts'
import { sleep } from '#src/platform/clock.ts'
import { type Keeping, keepLease } from '#src/revocations/lease/keep-lease.ts'
import { type Serving, takePort } from '#src/server/serve.ts'
import { listeningOn, type Settings } from '#src/settings/settings.ts'
import type { Log } from '#src/telemetry/log.ts'
import { ending } from '#src/world/ending.ts'
import type { World } from '#src/world/world.ts'

export type Running = { readonly world: World; readonly serving: Serving; stop(): Promise<void> }

/** How long requests in flight may take after a SIGTERM. */
const maxDrainMs = 25_000

/** Starts a server; it accepts requests when the promise resolves. */
export async function start(settings: Settings, log: Log): Promise<Running> {
  const opened = await openWorldOn(await openWhenReady(settings, log), settings, log)
  try {
    const port = await takePort(settings)
    try {
      // Tokens contain the public URL, and with port 0 that is known only once the port is taken.
      const world = { ...opened, settings: listeningOn(port.number, settings) }
      await applyAppsFile(world)
      const keeping = await keepLease(world)
      return running(world, port.answer(world), keeping)
    } catch (error) {
      await port.release()
      throw error
    }
  } catch (error) {
    await opened.db.close()
    throw error
  }
}

function running(world: World, serving: Serving, keeping: Keeping): Running {
  const stopCleaning = startCleaning(world)
  const sealing = sealForEver(world)
  const sending = runOutbox(world, outbox)
  const backups = runSchedule(world)
  return {
    world,
    serving,
    async stop() {
      stopCleaning()
      ending(world).abort()
      await backups.stop()
      const { drainDelayMs } = world.settings
      if (drainDelayMs > 0) await sleep(world.clock, drainDelayMs)
      await serving.stop(maxDrainMs)
      await sending.stop()
      await sealing.stop()
      await keeping.stop().catch((error) => world.log.warn({ error }, 'Releasing the lease failed'))
      await world.db.close()
    },
  }
}
