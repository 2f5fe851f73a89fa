import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quantile } from '#bench/measure.ts'
import { start } from '#src/cli/start.ts'
import { readSettings } from '#src/settings/settings.ts'
import { sql } from '#src/store/sql.ts'
import { silentLog } from '#src/telemetry/log.ts'
import type { World } from '#src/world/world.ts'
import { browserAt, type Client } from '#test/support/client.ts'
import { signedInOnPage } from '#test/support/forms.ts'
import { personWithRoles } from '#test/support/people.ts'
import { startDurablePostgres } from '#test/support/postgres-server.ts'

/**
 * How long pages of the console take on a large database: the median and the slowest of several views each.
 * Usage: node bench/console.ts [users] [sqlite|postgres]
 */
const users = Number(process.argv[2] ?? 1_000_000)
const engine = process.argv[3] ?? 'sqlite'
const sessionsPerUser = 0.3
const views = 15
const perPiece = 20_000
const hourMs = 60 * 60 * 1000

/** Users of three years, one in fifty disabled, and sessions of the last weeks for some of them. */
async function seed({ db, clock }: World): Promise<void> {
  const now = clock.now()
  for (let from = 0; from < users; from += perPiece) {
    const until = Math.min(from + perPiece, users)
    await db.query(sql`insert into users (id, email, full_name, full_name_key, password_hash, signature,
        state, created_at, disabled_at, last_signed_in_at)
      with recursive numbers (n) as (select cast(${from} as bigint) union all
        select n + 1 from numbers where n + 1 < ${until})
      select 'user' || (n * 7919 % 1000003) || 'x' || n, 'person' || n || '@mail' || (n % 97) || '.example',
        'Person ' || n, 'person ' || n, 'hash', 'signature' || n,
        case when n % 50 = 0 then 'disabled' else 'active' end, cast(${now} as bigint) - n * 90000,
        case when n % 50 = 0 then cast(${now} as bigint) end, cast(${now} as bigint) - n * 1000 from numbers`)
    await db.query(sql`insert into user_roles (user_id, role, granted_at)
      select id, 'default_user', created_at from users
      where created_at <= ${now - from * 90_000} and created_at > ${now - until * 90_000}`)
  }
  const sessions = Math.floor(users * sessionsPerUser)
  for (let from = 0; from < sessions; from += perPiece) {
    const until = Math.min(from + perPiece, sessions)
    await db.query(sql`insert into sessions (id, user_id, handle_hash, method, amr, acr, authenticated_at,
        created_at, expires_at, last_expires_at, address, user_agent, counter, rotated_at, rotated_address,
        rotated_agent)
      with recursive numbers (n) as (select cast(${from} as bigint) union all
        select n + 1 from numbers where n + 1 < ${until})
      select 'session' || n, 'user' || (n * 7919 % 1000003) || 'x' || n, 'handle' || n, 'password', '["pwd"]',
        'aal1', cast(${now} as bigint) - n * 9000, cast(${now} as bigint) - n * 9000,
        ${now + 14 * 24 * hourMs},
        cast(${now + 90 * 24 * hourMs} as bigint) - n * 9000, '198.51.' || (n % 200) || '.' || (n % 250),
        'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0', 0, ${now}, '', ''
      from numbers`)
  }
}

const middle = Math.floor(users / 2)
const pages: Readonly<Record<string, string>> = {
  'users, first page': '/admin/users',
  'users, disabled': '/admin/users?status=disabled',
  'users with the role admin': '/admin/users?role=admin',
  'users, search for an email': `/admin/users?q=person${middle}@mail${middle % 97}.example`,
  'users, search for the beginning of an email': `/admin/users?q=person${middle}`,
  'users, search for a part of many': '/admin/users?q=mail5',
  'users, search for a full name': `/admin/users?q=Person%20${middle}`,
  'users, search without a match': '/admin/users?q=nobody-is-called-that',
  'sessions, first page': '/admin/sessions',
  'sessions of an IP address': '/admin/sessions?q=198.51.42.42',
  'sessions of a user': `/admin/sessions?q=person10@mail10.example`,
  overview: '/admin',
}

async function timed(admin: Client, path: string): Promise<number[]> {
  const times: number[] = []
  for (let view = 0; view < views; view++) {
    const began = performance.now()
    const { status } = await admin.get(path)
    if (status !== 200) throw new Error(`${path} answered ${status}`)
    times.push(performance.now() - began)
  }
  return times
}

const folder = mkdtempSync(join(tmpdir(), 'sigil-console-'))
const postgres = engine === 'postgres' ? await startDurablePostgres() : undefined
const read = readSettings(
  {
    SIGIL_PORT: '0',
    SIGIL_DATA_DIR: folder,
    SIGIL_RATE_LIMITS: 'off',
    ...(postgres ? { SIGIL_DATABASE_URL: postgres.url } : {}),
  },
  'development',
)
if (read.kind === 'problems') throw new Error(read.problems.join('\n'))
const running = await start(read.settings, silentLog)
try {
  const began = performance.now()
  await seed(running.world)
  if (postgres) await running.world.db.query(sql`analyze`)
  process.stdout.write(
    `${users} users on ${engine}, seeded in ${Math.round(performance.now() - began)} ms\n\n`,
  )
  const person = await personWithRoles(running.world, ['default_user', 'admin'])
  const admin = browserAt(`http://localhost:${running.serving.port}`)
  await signedInOnPage(admin, person.email)
  process.stdout.write('| page | first view | median | slowest |\n|---|---|---|---|\n')
  for (const [name, path] of Object.entries(pages)) {
    const times = await timed(admin, path)
    const [first = 0, ...others] = times
    const cells = [first, quantile(others, 0.5), Math.max(...others)].map((ms) => `${ms.toFixed(0)} ms`)
    process.stdout.write(`| ${name} | ${cells.join(' | ')} |\n`)
  }
} finally {
  await running.stop()
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
}
