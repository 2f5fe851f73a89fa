import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { failureOf } from '#src/cli/failures.ts'
import { databasePatienceMs, patienceOf } from '#src/cli/open-when-ready.ts'
import { AppError } from '#src/errors/errors.ts'
import { DatabaseAway, DatabaseInUse, NotDurable } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { silentLog } from '#src/telemetry/log.ts'
import { capturedLog } from '#test/support/captured-log.ts'
import { freshDatabaseUrl, onBothEngines, openPlace } from '#test/support/engines.ts'
import { envOf, masterKey, sigil, sigilJson } from '#test/support/sigil.ts'

const settings = {
  host: '127.0.0.1',
  port: 8000,
  dataDir: '/var/lib/sigil',
  databaseUrl: 'postgres://sigil:hunter2@db.example.org/sigil',
}
const about = { log: silentLog, settings }

/** What a person sees has neither a stack nor the password that is in a URL. */
function assertReadable(text: string): void {
  assert.doesNotMatch(text, /\n\s+at |node:internal|hunter2/)
}

test('a port that is taken is named, with what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  after(() => other.close())
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? String(address.port) : ''
  const place = await freshDatabaseUrl('sqlite')
  const { code, stderr } = await sigil(['dev'], { place, env: { SIGIL_PORT: port } })
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is taken`))
  assert.match(stderr, /SIGIL_PORT/)
  assertReadable(stderr)
})

test('a host that is not of this machine is a wrong setting', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const { code, stderr } = await sigil(['dev'], { place, env: { SIGIL_HOST: '192.0.2.1', SIGIL_PORT: '0' } })
  assert.equal(code, 3)
  assert.match(stderr, /^SIGIL_HOST is 192\.0\.2\.1, where this machine cannot listen/)
})

test('a data folder that cannot be made is named, with why', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const file = join(place.dataDir, 'a file')
  writeFileSync(file, '')
  const inside = { ...place, dataDir: join(file, 'data') }
  for (const words of [['dev'], ['user', 'list']]) {
    const { code, stderr } = await sigil(words, { place: inside, env: { SIGIL_PORT: '0' } })
    assert.equal(code, 1)
    assert.ok(stderr.startsWith(`The data folder ${inside.dataDir} cannot be used: `), stderr)
    assert.match(stderr, /SIGIL_DATA_DIR/)
    assertReadable(stderr)
  }
})

test('a data folder where the system makes none is told at once', async () => {
  const place = { databaseUrl: undefined, dataDir: '/proc/sigil/data' }
  for (const words of [['dev'], ['user', 'list']]) {
    const { code, stderr } = await sigil(words, { place, env: { SIGIL_PORT: '0' } })
    assert.equal(code, 1)
    assert.match(stderr, /^The data folder \/proc\/sigil\/data cannot be used: it is not there/)
  }
})

test('a file that is no database is called damaged', async () => {
  const place = await freshDatabaseUrl('sqlite')
  for (const left of ['-wal', '-shm', '']) rmSync(join(place.dataDir, `sigil.db${left}`), { force: true })
  writeFileSync(join(place.dataDir, 'sigil.db'), 'This is a letter and no database. '.repeat(100))
  const { code, stderr } = await sigil(['user', 'list'], { place })
  assert.equal(code, 1)
  assert.match(stderr, /sigil\.db is damaged, or is no database\. Restore a backup/)
  assertReadable(stderr)
})

onBothEngines('a database of a newer release', ({ freshPlace }) => {
  test('is refused by the server and by commands', async () => {
    const place = await freshPlace()
    const db = await openPlace(place)
    await db.query(sql`insert into schema_migrations (id, applied_at) values ('9999-later', 1)`)
    await db.close()
    for (const words of [['dev'], ['migrate'], ['migrate', '--status'], ['user', 'list']]) {
      const { code, stderr } = await sigil(words, { place, env: { SIGIL_PORT: '0' } })
      assert.equal(code, 1, words.join(' '))
      assert.match(stderr, /newer release \(9999-later\)/)
      assertReadable(stderr)
    }
  })
})

test('a master key that is lost, wrong, malformed or unreadable is a wrong configuration', async () => {
  const place = await freshDatabaseUrl('sqlite')
  assert.equal((await sigil(['user', 'list'], { place })).code, 0)
  const file = join(place.dataDir, 'master.key')
  const own = readFileSync(file)
  const complaint = async (env: Record<string, string> = {}) => {
    const { code, stderr } = await sigil(['dev'], { place, env: { SIGIL_PORT: '0', ...env } })
    assert.equal(code, 3)
    assertReadable(stderr)
    return stderr
  }
  assert.match(await complaint({ SIGIL_MASTER_KEY: masterKey }), /does not open the keys/)
  assert.match(await complaint({ SIGIL_MASTER_KEY_FILE: join(place.dataDir, 'nowhere') }), /cannot be read/)
  writeFileSync(file, 'short')
  assert.match(await complaint(), /master\.key: The master key is not 32 bytes/)
  rmSync(file)
  assert.match(await complaint(), /holds no master\.key to open them/)
  mkdirSync(file)
  assert.match(await complaint(), /master\.key cannot be read/)
  rmSync(file, { recursive: true })
  writeFileSync(file, own)
  assert.equal((await sigil(['user', 'list'], { place })).code, 0)
})

test('every wrong setting is named at once, and a misspelt one with what was meant', async () => {
  const env = {
    SIGIL_PUBLC_URL: 'https://a.example',
    SIGIL_PORT: 'many',
    SIGIL_PUBLIC_URL: 'http://a.example',
  }
  for (const words of [['start'], ['config', 'check'], ['config', 'print'], ['dev']]) {
    const { code, stderr, stdout } = await sigil(words, { env })
    assert.deepEqual([code, stdout], [3, ''])
    assert.match(stderr, /SIGIL_PUBLC_URL is not a setting\. Did you mean SIGIL_PUBLIC_URL\?/)
    assert.match(stderr, /SIGIL_PORT must be a whole number/)
    assert.match(stderr, /SIGIL_PUBLIC_URL must be an https origin/)
  }
  const { code, said } = await sigilJson(['user', 'list'], { env: { SIGIL_PORT: 'many' } })
  assert.deepEqual([code, said.error.code], [3, 'configuration'])
})

test('config check says ok, and config print what is in force, from where, and no secret', async () => {
  const env = { SIGIL_PUBLIC_URL: 'https://a.example', SIGIL_MASTER_KEY: masterKey }
  assert.deepEqual(await sigil(['config', 'check'], { env }), { code: 0, stdout: 'ok\n', stderr: '' })
  const { stdout } = await sigil(['config', 'print'], { env })
  assert.match(stdout, /SIGIL_PUBLIC_URL +https:\/\/a\.example +environment/)
  assert.match(stdout, /SIGIL_MASTER_KEY +\(set\) +environment/)
  assert.match(stdout, /SIGIL_PORT +8000 +default/)
  assert.match(stdout, /SIGIL_TRUSTED_PROXIES +\(none\) +default/)
  assert.ok(!stdout.includes(masterKey))
  const bare = await sigil(['config', 'print'], {})
  assert.equal(bare.code, 3)
  assert.match(
    bare.stderr,
    /^SIGIL_PUBLIC_URL must be set.*\nFor `sigil dev` ask `sigil config print --dev`\.$/m,
  )
  assert.equal((await sigil(['config', 'print', '--dev'], {})).code, 0)
})

test('a PostgreSQL that refuses the database or the user is a wrong configuration', async () => {
  const place = await freshDatabaseUrl('postgres')
  const url = new URL(place.databaseUrl ?? '')
  url.pathname = '/nowhere'
  const { code, stderr } = await sigil(['user', 'list'], { env: envOf({ ...place, databaseUrl: url.href }) })
  assert.equal(code, 3)
  assert.match(stderr, /^PostgreSQL refuses us: database "nowhere" does not exist/)
})

test('a PostgreSQL that nobody answers for is named without its password', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const databaseUrl = 'postgres://sigil:hunter2@127.0.0.1:1/sigil'
  const { code, stderr } = await sigil(['user', 'list'], { place: { ...place, databaseUrl } })
  assert.equal(code, 1)
  assert.match(stderr, /^PostgreSQL at 127\.0\.0\.1:1 cannot be reached: connect ECONNREFUSED/)
  assertReadable(stderr)
})

test('a server waits for PostgreSQL for a bounded time and says so now and then', async () => {
  const { log, lines } = capturedLog()
  const mayPass = patienceOf(settings, log)
  const away = new DatabaseAway('The database does not answer.', { cause: new Error('connect ECONNREFUSED') })
  for (const waitedMs of [0, 500, 4900, 5100, 9900, 10_200]) assert.equal(await mayPass(away, waitedMs), true)
  assert.equal(await mayPass(away, databasePatienceMs), false)
  assert.deepEqual(
    lines.map(({ waited_ms, database, reason }) => [waited_ms, database, reason]),
    [0, 5100, 10_200].map((ms) => [ms, 'db.example.org:5432', 'connect ECONNREFUSED']),
  )
})

test('a server waits for nothing that waiting does not mend', async () => {
  const mayPass = patienceOf(settings, silentLog)
  assert.equal(await mayPass(new NotDurable('off'), 0), false)
  assert.equal(await mayPass(new Error('a bug'), 0), false)
  const embedded = patienceOf({ ...settings, databaseUrl: undefined }, silentLog)
  assert.equal(await embedded(new DatabaseAway('full'), 0), false)
  assert.equal(await embedded(new DatabaseInUse('sigil.db'), 0), true)
  assert.equal(await embedded(new DatabaseInUse('sigil.db'), 60_000), false)
})

test('the exit code of a refusal follows from what was refused', () => {
  const exitOf = (error: unknown) => failureOf(error, about).exit
  assert.equal(exitOf(new AppError('not_found')), 4)
  assert.equal(exitOf(new AppError('last_admin')), 5)
  assert.equal(exitOf(new AppError('username_taken')), 5)
  assert.equal(exitOf(new AppError('invalid_request')), 2)
  assert.equal(exitOf(new AppError('busy')), 1)
})

test('a bug is told in one line without its stack, which is in the log when it is asked for', () => {
  const { log, lines } = capturedLog()
  const told = failureOf(new Error('no postgres://a:hunter2@b/c\n  at all'), { log, settings })
  assert.equal(told.exit, 1)
  assert.match(
    told.lines.join('\n'),
    /^Something broke on our side: no postgres:\/\/a:\[redacted\]@b\/c\nSet SIGIL_LOG_LEVEL=debug/,
  )
  assert.match(JSON.stringify(lines), /troubles\.test\.ts/)
})

test('a stack is shown only where the log level is debug', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const env = { SIGIL_DATABASE_URL: 'postgres://a@127.0.0.1:1/b', SIGIL_MASTER_KEY: masterKey }
  const { stderr } = await sigil(['user', 'list'], { place, env: { ...env, SIGIL_LOG_LEVEL: 'debug' } })
  assert.match(stderr, /"level":"debug".*stack/)
})
