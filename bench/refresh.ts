import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { password } from '#bench/api.ts'
import { measure, rate } from '#bench/measure.ts'
import type { Row } from '#bench/row.ts'
import { byCli } from '#src/audit/by.ts'
import { openWorldOn } from '#src/cli/open-world.ts'
import { readSettings } from '#src/settings/settings.ts'
import { openStore } from '#src/store/open.ts'
import { silentLog } from '#src/telemetry/log.ts'
import { refresh } from '#src/tokens/refresh.ts'
import { signInDirectly } from '#test/support/sign-in-directly.ts'
import { signUpDirectly as signUp } from '#test/support/sign-up-directly.ts'

type Beside = 'one durable update per commit' | 'one durable update and one ES256 signature'

/**
 * The complete use case on SQLite (checks, rotation, a second read, a new signed pair) compared with the
 * minimum that a refresh needs, in the same process and on the same disk: for one caller, and for many that
 * share commits.
 */
export async function refreshRow(
  rounds: number,
  { callers, beside, atLeast }: { callers: number; beside: Beside; atLeast: number },
): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-bench-'))
  const bare = durableUpdates(folder, beside === 'one durable update per commit' ? () => {} : signature())
  const read = readSettings({ SIGIL_DATA_DIR: join(folder, 'data'), SIGIL_RATE_LIMITS: 'off' }, 'development')
  if (read.kind === 'problems') throw new Error(read.problems.join('\n'))
  const world = await openWorldOn(await openStore(read.settings), read.settings, silentLog)
  const client = { address: '127.0.0.1', userAgent: 'bench' }
  const email = 'bench@example.org'
  await signUp(world, {
    email,
    password,
    username: undefined,
    fullName: undefined,
    by: byCli,
    address: '',
  })
  const tokens: string[] = []
  while (tokens.length < callers) {
    const { pair } = await signInDirectly(world, {
      login: email,
      password,
      client,
      forPages: false,
      knownBrowser: undefined,
      trustedDevice: undefined,
      by: byCli,
    })
    tokens.push(pair.refreshToken)
  }
  const measured = await measure({
    rounds,
    limit: async () => bare.perSecond(500),
    ours: () =>
      rate(500, callers, async (caller) => {
        const pair = await refresh(world, { presented: tokens[caller] ?? '', client, by: byCli })
        tokens[caller] = pair.refreshToken
      }),
  })
  await world.db.close()
  bare.close()
  rmSync(folder, { recursive: true, force: true })
  const name = `Refresh on SQLite, ${callers} ${callers === 1 ? 'caller' : 'callers'}`
  return { name, beside, unit: '/s', measured, promised: { atLeast } }
}

function signature(): () => void {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const claims = Buffer.alloc(500)
  return () => void sign('sha256', claims, { key, dsaEncoding: 'ieee-p1363' })
}

function durableUpdates(folder: string, also: () => void) {
  const db = new DatabaseSync(join(folder, 'bare.db'))
  db.exec('pragma journal_mode = wal; pragma synchronous = full')
  db.exec('create table counters (id text primary key, counter integer not null)')
  db.exec(`insert into counters values ('one', 0)`)
  const update = db.prepare(`update counters set counter = counter + 1 where id = 'one'`)
  return {
    perSecond(forMs: number): number {
      const began = performance.now()
      let updates = 0
      while (performance.now() - began < forMs) {
        update.run()
        also()
        updates++
      }
      return (updates * 1000) / (performance.now() - began)
    },
    close: () => db.close(),
  }
}
