import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { failureOf } from '#src/cli/failures.ts'
import { maxDatabaseWaitMs, retryPolicy } from '#src/cli/open-when-ready.ts'
import { AppError } from '#src/errors/errors.ts'
import { DatabaseAway, DatabaseInUse, NotDurable } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { silentLog } from '#src/telemetry/log.ts'
import { capturedLog } from '#test/support/captured-log.ts'
import { freshDatabaseUrl, onBothEngines, openPlace } from '#test/support/engines.ts'
import { about, settings } from '#test/support/failing-start.ts'
import { envOf, masterKey, sigil, sigilJson } from '#test/support/sigil.ts'

/** Fails if the text contains a stack or the password of a URL. */
function assertReadable(text: string): void {
  assert.doesNotMatch(text, /\n\s+at |node:internal|hunter2/)
}

test('a port that is taken is reported with advice', async () => {
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

test('a host of another machine is a configuration error', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const { code, stderr } = await sigil(['dev'], { place, env: { SIGIL_HOST: '192.0.2.1', SIGIL_PORT: '0' } })
  assert.equal(code, 3)
  assert.match(stderr, /^SIGIL_HOST is 192\.0\.2\.1, where this machine cannot listen/)
})

test('a data folder that cannot be created is reported with the reason', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const file = join(place.dataDir, 'a file')
  writeFileSync(file, '')
  const inside = { ...place, dataDir: join(file, 'data') }
  for (const words of [['dev'], ['migrate']]) {
    const { code, stderr } = await sigil(words, { place: inside, env: { SIGIL_PORT: '0' } })
    assert.equal(code, 1)
    assert.ok(stderr.startsWith(`The data folder ${inside.dataDir} cannot be used: `), stderr)
    assert.match(stderr, /SIGIL_DATA_DIR/)
    assertReadable(stderr)
  }
})

test('a data folder that the system does not allow is reported at once', async () => {
  const place = { databaseUrl: undefined, dataDir: '/proc/sigil/data' }
  for (const words of [['dev'], ['migrate']]) {
    const { code, stderr } = await sigil(words, { place, env: { SIGIL_PORT: '0' } })
    assert.equal(code, 1)
    assert.match(stderr, /^The data folder \/proc\/sigil\/data cannot be used: it does not exist/)
  }
})

test('a file that is not a database is reported as damaged', async () => {
  const place = await freshDatabaseUrl('sqlite')
  for (const suffix of ['-wal', '-shm', '']) rmSync(join(place.dataDir, `sigil.db${suffix}`), { force: true })
  writeFileSync(join(place.dataDir, 'sigil.db'), 'This is a text, not a database. '.repeat(100))
  const { code, stderr } = await sigil(['user', 'list'], { place })
  assert.equal(code, 1)
  assert.match(stderr, /sigil\.db is damaged, or is not a database\. Restore a backup/)
  assertReadable(stderr)
})

onBothEngines('a database of a newer release', ({ freshPlace }) => {
  test('the server and commands reject a database of a newer release', async () => {
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

test('a master key that is lost, wrong, malformed or unreadable is a configuration error', async () => {
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
  assert.match(
    await complaint({ SIGIL_MASTER_KEY: masterKey }),
    /does not open the keys in this database\.\nSet SIGIL_MASTER_KEY, or master\.key/,
  )
  assert.match(await complaint({ SIGIL_MASTER_KEY_FILE: join(place.dataDir, 'nowhere') }), /cannot be read/)
  writeFileSync(file, 'short')
  assert.match(await complaint(), /master\.key: The master key is not 32 bytes/)
  rmSync(file)
  assert.match(await complaint(), /has no master\.key to open them/)
  mkdirSync(file)
  assert.match(await complaint(), /master\.key cannot be read/)
  rmSync(file, { recursive: true })
  writeFileSync(file, own)
  assert.equal((await sigil(['user', 'list'], { place })).code, 0)
})

test('all invalid settings are reported at once, misspelt ones with a suggestion', async () => {
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

test('config check prints ok, and config print shows settings and sources but no secret', async () => {
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
    /^SIGIL_PUBLIC_URL must be set.*\nFor the settings of `sigil dev`, run `sigil config print --dev`\.$/m,
  )
  assert.equal((await sigil(['config', 'print', '--dev'], {})).code, 0)
})

test('a PostgreSQL that rejects the user or the database is a configuration error', async () => {
  const place = await freshDatabaseUrl('postgres')
  const url = new URL(place.databaseUrl ?? '')
  url.pathname = '/nowhere'
  const { code, stderr } = await sigil(['user', 'list'], { env: envOf({ ...place, databaseUrl: url.href }) })
  assert.equal(code, 3)
  assert.match(stderr, /^PostgreSQL rejects the connection: database "nowhere" does not exist/)
})

test('a PostgreSQL that does not answer is reported without its password', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const databaseUrl = 'postgres://sigil:hunter2@127.0.0.1:1/sigil'
  const { code, stderr } = await sigil(['user', 'list'], { place: { ...place, databaseUrl } })
  assert.equal(code, 1)
  assert.match(stderr, /^PostgreSQL at 127\.0\.0\.1:1 cannot be reached: connect ECONNREFUSED/)
  assertReadable(stderr)
})

test('a server waits for PostgreSQL for a limited time and logs that it does', async () => {
  const { log, lines } = capturedLog()
  const shouldRetry = retryPolicy(settings, log)
  const away = new DatabaseAway('The database does not answer.', { cause: new Error('connect ECONNREFUSED') })
  for (const waitedMs of [0, 500, 4900, 5100, 9900, 10_200])
    assert.equal(await shouldRetry(away, waitedMs), true)
  assert.equal(await shouldRetry(away, maxDatabaseWaitMs), false)
  assert.deepEqual(
    lines.map(({ waited_ms, database, reason }) => [waited_ms, database, reason]),
    [0, 5100, 10_200].map((ms) => [ms, 'db.example.org:5432', 'connect ECONNREFUSED']),
  )
})

test('a server does not retry an error that retrying cannot fix', async () => {
  const shouldRetry = retryPolicy(settings, silentLog)
  assert.equal(await shouldRetry(new NotDurable('off'), 0), false)
  assert.equal(await shouldRetry(new Error('a bug'), 0), false)
  const embedded = retryPolicy({ ...settings, databaseUrl: undefined }, silentLog)
  assert.equal(await embedded(new DatabaseAway('full'), 0), false)
  assert.equal(await embedded(new DatabaseInUse('sigil.db'), 0), true)
  assert.equal(await embedded(new DatabaseInUse('sigil.db'), 60_000), false)
})

test('the exit code follows from the error code', () => {
  const exitOf = (error: unknown) => failureOf(error, about).exit
  assert.equal(exitOf(new AppError('not_found')), 4)
  assert.equal(exitOf(new AppError('last_admin')), 5)
  assert.equal(exitOf(new AppError('username_taken')), 5)
  assert.equal(exitOf(new AppError('invalid_request')), 2)
  assert.equal(exitOf(new AppError('busy')), 1)
})

test('an unexpected error is printed as one line, and its stack goes to the log', () => {
  const { log, lines } = capturedLog()
  const output = failureOf(new Error('no postgres://a:hunter2@b/c\n  at all'), { log, settings })
  assert.equal(output.exit, 1)
  assert.match(
    output.lines.join('\n'),
    /^Unexpected error: no postgres:\/\/a:\[redacted\]@b\/c\n.*SIGIL_LOG_LEVEL=debug/,
  )
  assert.match(JSON.stringify(lines), /failures\.test\.ts/)
})

test('a stack is printed only with the log level debug', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const env = { SIGIL_DATABASE_URL: 'postgres://a@127.0.0.1:1/b', SIGIL_MASTER_KEY: masterKey }
  const { stderr } = await sigil(['user', 'list'], { place, env: { ...env, SIGIL_LOG_LEVEL: 'debug' } })
  assert.match(stderr, /"level":"debug".*stack/)
})
