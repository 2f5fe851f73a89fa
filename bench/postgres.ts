import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bareCases } from '#bench/bare-postgres.ts'
import { compared } from '#bench/measure.ts'
import { type Case, type Cases, callsOf, casesOf } from '#bench/postgres-cases.ts'
import type { Row } from '#bench/row.ts'
import { sealForEver } from '#src/audit/seal-for-ever.ts'
import { openWorldOn } from '#src/cli/open-world.ts'
import { keepLease } from '#src/revocations/lease/keep-lease.ts'
import { readSettings } from '#src/settings/settings.ts'
import { openStore } from '#src/store/open.ts'
import { silentLog } from '#src/telemetry/log.ts'
import type { World } from '#src/world/world.ts'
import { startDurablePostgres } from '#test/support/postgres-server.ts'

const callers = 16

type Way = 'postgres' | 'sqlite' | 'inGroups' | 'each'

const ways: Readonly<Record<Exclude<Way, 'postgres'>, string>> = {
  sqlite: 'the same on SQLite',
  inGroups: 'the same changes by bare statements, pipelined, calls at once in one commit',
  each: 'the same changes by bare statements, pipelined, each call in a commit of its own',
}

const promised: Readonly<Record<Case, Partial<Record<Way, number>>>> = {
  refresh: { sqlite: 0.8 },
  'sign-in': { inGroups: 0.9 },
  logout: { inGroups: 0.5 },
  logout_all: { inGroups: 0.5 },
}

/**
 * Use cases that write, in one process with 16 callers, on PostgreSQL, alternating with the baselines that
 * limit them.
 */
export async function postgresRows(rounds: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-bench-'))
  const server = await startDurablePostgres()
  const sqlite = await openOn({ SIGIL_DATA_DIR: join(folder, 'data') })
  const postgres = await openOn({
    SIGIL_DATABASE_URL: server.url,
    SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
    SIGIL_DATA_DIR: join(folder, 'other'),
  })
  const bare = await bareCases(server.url)
  const all: Readonly<Record<Way, Cases>> = {
    postgres: await casesOf(postgres.world),
    sqlite: await casesOf(sqlite.world),
    inGroups: bare.inGroups,
    each: bare.each,
  }
  const rows: Row[] = []
  for (const name of Object.keys(callsOf) as Case[]) rows.push(...(await rowsOf(name, all, rounds)))
  await Promise.all([postgres.stop(), sqlite.stop(), bare.stop()])
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
  return rows
}

async function rowsOf(name: Case, all: Readonly<Record<Way, Cases>>, rounds: number): Promise<Row[]> {
  const seen: Record<Way, number[]> = { postgres: [], sqlite: [], inGroups: [], each: [] }
  for (let round = -1; round < rounds; round++) {
    for (const [way, cases] of Object.entries(all) as [Way, Cases][]) {
      const rate = await cases[name](callers)
      // The first round prepares statements and fills caches.
      if (round >= 0) seen[way].push(rate)
    }
  }
  return (Object.entries(ways) as [Exclude<Way, 'postgres'>, string][]).map(([way, beside]) => {
    const atLeast = promised[name][way]
    return {
      ...{ name: `${name} on PostgreSQL, ${callers} callers`, beside, unit: '/s' },
      measured: compared(seen.postgres, seen[way]),
      promised: atLeast === undefined ? undefined : { atLeast },
    }
  })
}

async function openOn(env: Record<string, string>): Promise<{ world: World; stop(): Promise<void> }> {
  const read = readSettings({ SIGIL_RATE_LIMITS: 'off', ...env }, 'development')
  if (read.kind === 'problems') throw new Error(read.problems.join('\n'))
  const world = await openWorldOn(await openStore(read.settings), read.settings, silentLog)
  const keeping = await keepLease(world)
  const sealing = sealForEver(world)
  return {
    world,
    async stop() {
      await sealing.stop()
      await keeping.stop()
      await world.db.close()
    },
  }
}
