import assert from 'node:assert/strict'
import { openWorldOn } from '#src/cli/open-world.ts'
import type { Clock } from '#src/platform/clock.ts'
import { keepLease } from '#src/revocations/lease/keep-lease.ts'
import { takePort } from '#src/server/serve.ts'
import { listeningOn, readSettings } from '#src/settings/settings.ts'
import { openStore } from '#src/store/open.ts'
import { type Log, silentLog } from '#src/telemetry/log.ts'
import type { World } from '#src/world/world.ts'
import { withClockBeside } from '#test/support/database-clock.ts'
import { type Engine, endWithTest, type Place } from '#test/support/engines.ts'
import { cheapHashes, type TestServer } from '#test/support/server.ts'

type Outside = { readonly clock: Clock; readonly env?: Record<string, string>; readonly log?: Log }

/** Opens a world whose clock the test controls. */
export async function openTestWorld(where: Engine | Place, outside: Outside): Promise<World> {
  const place = await placeIn(where)
  const world = await open(place, outside)
  endWithTest(place, () => world.db.close())
  return world
}

/** The same, served over HTTP. Pass a place to serve the same database several times. */
export async function serveTestWorld(where: Engine | Place, outside: Outside): Promise<TestServer> {
  const place = await placeIn(where)
  const opened = await open(place, outside)
  const port = await takePort(opened.settings)
  const world = { ...opened, settings: listeningOn(port.number, opened.settings) }
  const keeping = await keepLease(world)
  const serving = port.answer(world)
  let stopped: Promise<void> | undefined
  const end = async () => {
    await serving.stop(0)
    // Like a real server: the database may already be unavailable.
    await keeping.stop().catch(() => {})
    await world.db.close()
  }
  const stop = () => {
    stopped ??= end()
    return stopped
  }
  endWithTest(place, stop)
  return { url: `http://localhost:${port.number}`, world, stop }
}

async function placeIn(where: Engine | Place): Promise<Place> {
  return 'freshPlace' in where ? where.freshPlace() : where
}

async function open(place: Place, { clock, env = {}, log = silentLog }: Outside): Promise<World> {
  const given = {
    SIGIL_PORT: '0',
    SIGIL_DATA_DIR: place.dataDir,
    SIGIL_RATE_LIMITS: 'off',
    SIGIL_DELETE_GRACE: '0s',
    ...(place.databaseUrl ? { SIGIL_DATABASE_URL: place.databaseUrl } : {}),
    ...env,
  }
  const read = readSettings(given, 'development')
  if (read.kind === 'problems') assert.fail(read.problems.join('\n'))
  const settings = Object.assign(read.settings, cheapHashes)
  const world = await openWorldOn(await openStore(settings), settings, log)
  return { ...world, clock, db: withClockBeside(world.db, clock) }
}
