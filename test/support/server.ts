import assert from 'node:assert/strict'
import { start } from '#src/cli/start.ts'
import { readSettings, type Settings } from '#src/settings/settings.ts'
import { openLog } from '#src/telemetry/log.ts'
import type { World } from '#src/world/world.ts'
import { type Engine, endWithTest, type Place } from '#test/support/engines.ts'

export type TestServer = {
  /** Its local URL, without a trailing slash. */
  readonly url: string
  /** The world of the server, for its database and settings. */
  readonly world: World
  /** Can be called several times. The server is stopped when the running test ends, at the latest. */
  stop(): Promise<void>
}

type Hashing = Pick<Settings, 'hashCost'>

/** A thousandth of the work, for tests that sign in and prove something else. */
export const cheapHashes: Hashing = { hashCost: { memoryCost: 64, timeCost: 1 } }

/** As in production, for tests of the hashes, of their time, and of processes that share a database. */
export const realHashes: Hashing = { hashCost: undefined }

/**
 * Starts a server inside the process of the test, on a free port. Pass an engine for a new database, or a
 * place to start several servers on one database. `env` adds settings.
 */
export async function startServer(
  where: Engine | Place,
  env: Record<string, string> = {},
  hashing = cheapHashes,
): Promise<TestServer> {
  const place = 'freshPlace' in where ? await where.freshPlace() : where
  const read = readSettings(
    {
      SIGIL_PORT: '0',
      SIGIL_DATA_DIR: place.dataDir,
      SIGIL_LOG_LEVEL: 'error',
      SIGIL_RATE_LIMITS: 'off',
      // Most tests of deletion check the deleted data. The grace period has separate tests.
      SIGIL_DELETE_GRACE: '0s',
      ...(place.databaseUrl ? { SIGIL_DATABASE_URL: place.databaseUrl } : {}),
      ...env,
    },
    'development',
  )
  if (read.kind === 'problems') assert.fail(read.problems.join('\n'))
  // Changed, not copied: where its values come from is remembered for this object.
  const settings = Object.assign(read.settings, hashing)
  const running = await start(settings, await openLog({ level: settings.logLevel, mode: 'production' }))
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= running.stop()
    return stopped
  }
  endWithTest(place, stop)
  // Not the public URL, which differs in tests with a proxy in front.
  return { url: `http://localhost:${running.serving.port}`, world: running.world, stop }
}
