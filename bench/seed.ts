import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { password } from '#bench/api.ts'
import { type Bulk, bulkPostgres, bulkSqlite } from '#bench/bulk.ts'
import { seedAudit } from '#bench/seed-audit.ts'
import { emailOf, type SeedFile } from '#bench/seeded.ts'
import { openWorldOn } from '#src/cli/open-world.ts'
import { hashPassword } from '#src/credentials/passwords/hash.ts'
import { seal } from '#src/keys/seal.ts'
import { randomId } from '#src/platform/random.ts'
import { readSettings } from '#src/settings/settings.ts'
import { openStore } from '#src/store/open.ts'
import type { Value } from '#src/store/sql.ts'
import { silentLog } from '#src/telemetry/log.ts'
import type { World } from '#src/world/world.ts'
import { registerApp, type TestApp } from '#test/support/app-sign-in.ts'
import { cheapHashes } from '#test/support/server.ts'

/**
 * Fills a new database as years of use would: per user ten sign-ins in the history, ten sealed audit events
 * and a grant of each of two apps, and for every tenth user a live session. All users have the password of
 * the benchmarks, with a cheap hash. `seeded.json` in the data folder is for bench/size.ts.
 * Usage: node bench/seed.ts FOLDER [users] [database-url]
 */
const [folder = '', count = '1000000', databaseUrl] = process.argv.slice(2)
const users = Number(count)
const perUser = 10
const perInsert = 10_000
const dayMs = 24 * 60 * 60 * 1000
const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0'
const numbered = '(select id, row_number() over (order by created_at, id) as n from users) as numbered'
const address = `'198.51.' || (n % 200) || '.' || (n % 250)`

mkdirSync(folder, { recursive: true })
const env = { SIGIL_DATA_DIR: folder, ...(databaseUrl ? { SIGIL_DATABASE_URL: databaseUrl } : {}) }
const read = readSettings(env, 'development')
if (read.kind === 'problems') throw new Error(read.problems.join('\n'))
const settings = Object.assign(read.settings, cheapHashes)
const world = await openWorldOn(await openStore(settings), settings, silentLog)
const now = world.clock.now()
const apps = [await registerApp(world, { name: 'Notes' }), await registerApp(world, { name: 'Photos' })]
const seedFile: SeedFile = { users, databaseUrl, apps }
writeFileSync(join(folder, 'seeded.json'), JSON.stringify(seedFile), { mode: 0o600 })
const passwordHash = await hashPassword(world, password, '')
// The keys stay in memory.
await world.db.close()
const bulk = await (databaseUrl ? bulkPostgres(databaseUrl) : bulkSqlite(join(folder, 'sigil.db')))
const userIds = await timed('users', () => seedUsers(world, bulk))
await timed('sessions', () => seedSessions(bulk))
await timed('history', () => seedHistory(bulk))
await timed('grants', () => seedGrants(bulk, apps))
await timed('audit events', () =>
  seedAudit(world, bulk, {
    ...{ userIds, keyOf, events: users * perUser },
    ...{ from: now - 360 * dayMs, until: now - dayMs },
  }),
)
await timed('indexes', () => bulk.finish())

async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const began = performance.now()
  const result = await act()
  process.stdout.write(`${what}: ${Math.round(performance.now() - began)} ms\n`)
  return result
}

function keyOf(index: number): Buffer {
  return createHash('sha256').update(`user ${index}`).digest()
}

/** One in fifty is disabled, one in three has a username. */
async function seedUsers({ random, keys }: World, bulk: Bulk): Promise<string[]> {
  const ids: string[] = []
  for (let from = 0; from < users; from += perInsert) {
    const rows: Value[][] = []
    const userKeys: Value[][] = []
    for (let n = from; n < Math.min(from + perInsert, users); n++) {
      const id = randomId(random)
      const createdAt = now - 1000 * dayMs + Math.floor((990 * dayMs * n) / users)
      const disabledAt = n % 50 === 0 ? now - dayMs : null
      const username = n % 3 === 0 ? `person${n}` : null
      rows.push([
        ...[id, emailOf(n), createdAt, username, username],
        ...[`Person Number ${n}`, `person number ${n}`, passwordHash, randomId(random)],
        ...[disabledAt === null ? 'active' : 'disabled', createdAt, disabledAt],
        now - ((n * 7919) % users) * 1000,
      ])
      const sealed = seal({ keys, random }, { purpose: 'user_key', id }, keyOf(n))
      userKeys.push([id, sealed, createdAt])
      ids.push(id)
    }
    const columns = `id, email, email_verified_at, username, username_key, full_name, full_name_key,
      password_hash, signature, state, created_at, disabled_at, last_signed_in_at`
    await bulk.insert('users', columns, rows)
    await bulk.insert('user_keys', 'user_id, sealed, created_at', userKeys)
  }
  await bulk.run(`insert into user_roles (user_id, role, granted_at)
    select id, 'default_user', created_at from users order by created_at, id`)
  return ids
}

/** Of the last month. */
async function seedSessions(bulk: Bulk): Promise<void> {
  const began = `${now} - ${30 * dayMs} + n * ${30 * dayMs} / ${users}`
  await bulk.run(`insert into sessions (id, user_id, handle_hash, method, amr, acr, authenticated_at,
      created_at, expires_at, last_expires_at, address, user_agent, counter, rotated_at, rotated_address,
      rotated_agent)
    select new_id, id, new_hash, 'password', '["pwd"]', 'aal1', ${began}, ${began}, ${now + 14 * dayMs},
      ${began} + ${90 * dayMs}, ${address}, '${agent}', 0, ${now}, ${address}, '${agent}'
    from ${numbered} where n % 10 = 1`)
}

/** Each user signs in once in each part of a year. One in twenty times the password is wrong. */
async function seedHistory(bulk: Bulk): Promise<void> {
  const partMs = Math.floor((360 * dayMs) / perUser)
  for (let part = 0; part < perUser; part++) {
    const at = `${now - 361 * dayMs + part * partMs} + n * ${partMs} / ${users}`
    await bulk.run(`insert into sign_ins (id, user_id, session_id, at, outcome, method, address, user_agent)
      select new_id, id, case when (n + ${part}) % 20 > 0 then new_id end, ${at},
        case when (n + ${part}) % 20 > 0 then 'signed_in' else 'wrong_credentials' end, 'password',
        ${address}, '${agent}' from ${numbered} order by n`)
  }
}

async function seedGrants(bulk: Bulk, apps: readonly TestApp[]): Promise<void> {
  for (const app of apps) {
    const began = `${now} - ${60 * dayMs} + n * ${50 * dayMs} / ${users}`
    await bulk.run(`insert into grants (id, user_id, client_id, scopes, audiences, handle_hash, counter, amr,
        acr, authenticated_at, created_at, expires_at, last_expires_at, rotated_at, rotated_address,
        rotated_agent, epoch, subject_type)
      select new_id, id, '${app.id}', 'openid email offline_access', '[]', new_hash, 0, '["pwd"]', 'aal1',
        ${began}, ${began}, ${now + 14 * dayMs}, ${began} + ${90 * dayMs}, ${began}, ${address}, '${agent}',
        (select epoch from apps where client_id = '${app.id}'), 'public' from ${numbered}`)
    await bulk.run(`insert into consents (user_id, client_id, scopes, given_at)
      select id, '${app.id}', '{"":["openid","email","offline_access"]}', ${now - dayMs} from users`)
  }
}
