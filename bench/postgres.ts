import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { median } from '#bench/measure.ts'
import { byCli } from '#src/audit/by.ts'
import { sealForEver } from '#src/audit/seal-for-ever.ts'
import { openWorldOn } from '#src/cli/open-world.ts'
import { randomId } from '#src/platform/random.ts'
import { keepLease } from '#src/revocations/lease/keep-lease.ts'
import { end } from '#src/sessions/end.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { openSession } from '#src/sessions/open.ts'
import { readSettings } from '#src/settings/settings.ts'
import { newAttempt } from '#src/sign-in/attempt.ts'
import { finish } from '#src/sign-in/finish.ts'
import { openStore } from '#src/store/open.ts'
import { silentLog } from '#src/telemetry/log.ts'
import { refresh } from '#src/tokens/refresh.ts'
import { writeRefreshToken } from '#src/tokens/refresh-token.ts'
import { findUser, insertUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'
import { startDurablePostgres } from '#test/support/postgres-server.ts'

/**
 * Use cases that write, in one process, on SQLite and on PostgreSQL by turns: calls per second of one caller
 * and of 16. The bare statements are one prepared update per call, on as many connections as a node has.
 * Usage: node bench/postgres.ts [rounds]
 */
const client = { address: '127.0.0.1', userAgent: 'bench' }
const rounds = Number(process.argv[2] ?? 3)
const perRound = 160
const userCount = 64

type Case = { readonly name: string; run(callers: number): Promise<number> }

/** Calls per second when `callers` share the items. */
async function pace<T>(
  items: readonly T[],
  callers: number,
  call: (item: T) => Promise<unknown>,
): Promise<number> {
  const queue = [...items]
  const began = performance.now()
  const one = async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await call(item)
  }
  await Promise.all(Array.from({ length: callers }, one))
  return (items.length * 1000) / (performance.now() - began)
}

async function openOn(env: Record<string, string>): Promise<World> {
  const read = readSettings({ SIGIL_RATE_LIMITS: 'off', ...env }, 'development')
  if (read.kind === 'problems') throw new Error(read.problems.join('\n'))
  return openWorldOn(await openStore(read.settings), read.settings, silentLog)
}

async function addUsers(world: World): Promise<string[]> {
  const ids = Array.from({ length: userCount }, () => randomId(world.random))
  await world.db.transaction(async (query) => {
    for (const id of ids) {
      await insertUser(query, {
        id,
        email: `${id}@example.org`,
        username: undefined,
        usernameKey: undefined,
        fullName: undefined,
        fullNameKey: undefined,
        passwordHash: undefined,
        signature: randomId(world.random),
        createdAt: world.clock.now(),
      })
    }
  })
  return ids
}

/** Sessions of users by turns, without a password and its hash. */
async function sessionsOf(world: World, users: readonly string[], count: number) {
  return world.db.transaction(async (query) => {
    const opened: { sessionId: string; handle: string; userId: string }[] = []
    for (let index = 0; index < count; index++) {
      const userId = users[index % users.length] ?? ''
      const opening = {
        sessionId: randomId(world.random),
        userId,
        method: 'password',
        amr: ['pwd'],
        level: 'aal1',
        client,
        lifetimeMs: world.settings.refreshLifetimeMs,
        forPages: false,
      } as const
      const session = await openSession(query, { random: world.random, now: world.clock.now(), opening })
      opened.push({ ...session, userId })
    }
    return opened
  })
}

async function casesOf(world: World): Promise<Case[]> {
  const users = await addUsers(world)
  const byTurns = (count: number) =>
    Array.from({ length: count }, (_, index) => users[index % userCount] ?? '')
  return [
    {
      name: 'refresh',
      async run(callers) {
        const sessions = await sessionsOf(world, users, perRound)
        return pace(sessions, callers, ({ handle }) => {
          const presented = writeRefreshToken(world.keys, { handle, counter: 0 })
          return refresh(world, { presented, client, by: byCli })
        })
      },
    },
    {
      name: 'sign-in without the hash',
      run: (callers) => pace(byTurns(perRound), callers, (userId) => signInWithoutHash(world, userId)),
    },
    {
      name: 'logout',
      async run(callers) {
        const sessions = await sessionsOf(world, users, perRound)
        return pace(sessions, callers, async ({ sessionId, userId }) => {
          const { propagated } = await end(world, { sessionId, userId, reason: 'logout', by: byCli })
          await propagated
        })
      },
    },
    {
      name: 'logout_all',
      async run(callers) {
        await sessionsOf(world, users, userCount)
        return pace(byTurns(perRound), callers, async (userId) => {
          const { propagated } = await logOutEverywhere(world, { userId, reason: 'logout_all', by: byCli })
          await propagated
        })
      },
    },
  ]
}

/** From the proof of a password to the pair. */
async function signInWithoutHash(world: World, userId: string): Promise<void> {
  const user = await findUser(world.db.query, userId)
  if (!user) throw new Error('The user is missing')
  const now = world.clock.now()
  const attempt = newAttempt({
    id: randomId(world.random),
    userId,
    signature: user.signature,
    purpose: 'sign_in',
    client,
    forPages: false,
    expiresAt: now + 60_000,
  })
  const proven = [{ kind: 'password', amr: ['pwd'], at: now } as const]
  const signedIn = await finish(world, {
    attempt: { ...attempt, proven, due: [] },
    user,
    freshHash: undefined,
    knownBrowser: undefined,
    by: byCli,
    isStored: false,
  })
  if (!signedIn) throw new Error('The sign-in was overtaken')
}

const folder = mkdtempSync(join(tmpdir(), 'sigil-bench-'))
const postgres = await startDurablePostgres()
const onSqlite = await openOn({ SIGIL_DATA_DIR: join(folder, 'data') })
const onPostgres = await openOn({
  SIGIL_DATABASE_URL: postgres.url,
  SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
  SIGIL_DATA_DIR: join(folder, 'other'),
})
const worlds = [onSqlite, onPostgres]
const keeping = await Promise.all(worlds.map(keepLease))
const sealing = worlds.map(sealForEver)
const pool = new Pool({ connectionString: postgres.url, max: 10 })
pool.on('error', () => {})
await pool.query('create table bare (id int primary key, counter int not null)')
await pool.query(`insert into bare select i, 0 from generate_series(0, ${perRound - 1}) as i`)

function bare(callers: number): Promise<number> {
  const ids = Array.from({ length: perRound }, (_, id) => id)
  const text = 'update bare set counter = counter + 1 where id = $1 returning counter'
  return pace(ids, callers, (id) => pool.query({ name: 'bare', text, values: [id] }))
}

const sqliteCases = await casesOf(onSqlite)
const postgresCases = await casesOf(onPostgres)
process.stdout.write(
  '| calls per second | callers | SQLite | PostgreSQL | bare statement | ratio to bare |\n',
)
process.stdout.write('|---|---|---|---|---|---|\n')
for (const callers of [1, 16]) {
  for (const [index, here] of sqliteCases.entries()) {
    const there = postgresCases[index]
    if (!there) continue
    const seen: Record<'sqlite' | 'postgres' | 'bare', number[]> = { sqlite: [], postgres: [], bare: [] }
    await there.run(callers)
    for (let round = 0; round < rounds; round++) {
      seen.bare.push(await bare(callers))
      seen.sqlite.push(await here.run(callers))
      seen.postgres.push(await there.run(callers))
    }
    const figure = (values: readonly number[]) => Math.round(median(values)).toLocaleString('en')
    const ratio = median(seen.postgres.map((value, round) => value / (seen.bare[round] ?? Number.NaN)))
    const cells = [here.name, callers, figure(seen.sqlite), figure(seen.postgres), figure(seen.bare)]
    process.stdout.write(`| ${cells.join(' | ')} | ${ratio.toFixed(2)} |\n`)
  }
}
await Promise.all(sealing.map((one) => one.stop()))
await Promise.all(keeping.map((one) => one.stop()))
await Promise.all(worlds.map(({ db }) => db.close()))
await pool.end()
await postgres.stop()
rmSync(folder, { recursive: true, force: true })
