import assert from 'node:assert/strict'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { nodeFinding } from '#src/cli/commands/doctor.ts'
import { controlSocketOf, makeSocketFolder } from '#src/cli/control-socket.ts'
import { diskFindingOf } from '#src/cli/doctor/files.ts'
import { inspect } from '#src/cli/doctor/inspect.ts'
import { sql } from '#src/store/sql.ts'
import { holdLock } from '#src/store/sqlite-lock.ts'
import { on, reportOn, wrongIn } from '#test/cli/doctor-report.ts'
import { freshDatabaseUrl, onBothEngines, openPlace } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'
import { spawnServer } from '#test/support/processes.ts'
import { envOf, masterKey, sigil } from '#test/support/sigil.ts'

/** The PostgreSQL of the tests runs without fsync, for speed, and the doctor reports that. */
const knownOf = (dialect: string) => (dialect === 'postgres' ? ['durability'] : [])

onBothEngines('sigil doctor', ({ dialect, freshPlace, emptyPlace }) => {
  test('the doctor reports no problem with and without a running server', async () => {
    const place = await freshPlace()
    const env = { SIGIL_PORT: String(await freePort()) }
    assert.equal((await sigil(['user', 'list'], { place, env })).code, 0)
    const alone = await reportOn(place, env)
    assert.deepEqual(wrongIn(alone.findings), knownOf(dialect))
    assert.match(on('server', alone.findings), /^ok: No server is running/)
    assert.match(on('port', alone.findings), /^ok: .* is free/)
    await spawnServer(place, { ...envOf(place), ...env })
    const beside = await reportOn(place, env)
    assert.deepEqual(wrongIn(beside.findings), knownOf(dialect))
    for (const check of ['server', 'url', 'port']) assert.match(on(check, beside.findings), /^ok: /, check)
    for (const { findings, ok, code } of [alone, beside]) {
      if (dialect === 'postgres') {
        assert.match(
          on('connections', findings),
          /^ok: Each node uses up to 13 connections; .*the server \d+/,
        )
      }
      for (const check of ['node', 'settings', 'database', 'schema', 'writes', 'clock', 'keys', 'secrets'])
        assert.match(on(check, findings), /^ok: /, check)
      assert.deepEqual([ok, code], dialect === 'sqlite' ? [true, 0] : [false, 1])
    }
  })

  test('the doctor reports an empty database and creates nothing', async () => {
    const place = await emptyPlace()
    const { findings } = await reportOn(place)
    const finding = dialect === 'sqlite' ? on('database', findings) : on('schema', findings)
    assert.match(finding, /^warning: /)
    assert.ok(!existsSync(join(place.dataDir, 'sigil.db')))
    const gone = { ...place, dataDir: join(place.dataDir, 'later') }
    assert.match(on('data folder', (await reportOn(gone)).findings), /^warning: .* does not exist/)
    assert.ok(!existsSync(gone.dataDir))
  })

  test('the doctor reports a newer schema and a pending migration', async () => {
    const place = await freshPlace()
    const db = await openPlace(place)
    await db.query(sql`delete from schema_migrations where id = '0006-audit'`)
    await db.close()
    assert.match(
      on('schema', (await reportOn(place)).findings),
      /^warning: Pending migrations: 0006-audit\..*sigil migrate/,
    )
    const again = await openPlace(place)
    await again.query(sql`insert into schema_migrations (id, applied_at) values ('9999-later', 1)`)
    await again.close()
    const { code, findings } = await reportOn(place)
    assert.equal(code, 1)
    assert.match(on('schema', findings), /^wrong: .*newer release \(9999-later\)/)
  })
})

onBothEngines('sigil doctor', ({ dialect, freshPlace }) => {
  test('the doctor reports a wrong or missing master key', async () => {
    const place = await freshPlace()
    assert.equal((await sigil(['user', 'list'], { place })).code, 0)
    const other = Buffer.from(masterKey, 'base64url').reverse().toString('base64url')
    assert.match(
      on('keys', (await reportOn(place, { SIGIL_MASTER_KEY: other })).findings),
      /^wrong: .*does not open the keys/,
    )
    const sources = dialect === 'sqlite' ? {} : { SIGIL_MASTER_KEY: '' }
    rmSync(join(place.dataDir, 'master.key'), { force: true })
    assert.match(on('keys', (await reportOn(place, sources)).findings), /^wrong: .*no master key/)
  })
})

test('the doctor reports files that other users can read or write', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await sigil(['user', 'list'], { place })
  const { dataDir } = place
  const secret = join(dataDir, 'secret')
  writeFileSync(secret, masterKey, { mode: 0o644 })
  chmodSync(dataDir, 0o755)
  chmodSync(join(dataDir, 'master.key'), 0o640)
  const { findings } = await reportOn(place, { SIGIL_MASTER_KEY_FILE: secret })
  assert.match(on('data folder', findings), /^warning: Other users can list .*\(0755\).*chmod 700/)
  assert.match(
    on('secrets', findings),
    /^wrong: Other users can read master\.key \(0640\)\. .*chmod 600 master\.key/,
  )
  assert.match(
    on('secrets', findings),
    /\nwarning: Other users can read .*secret \(0644\), which SIGIL_MASTER_KEY_FILE names/,
  )
  chmodSync(dataDir, 0o777)
  assert.match(
    on('data folder', (await reportOn(place)).findings),
    /^wrong: Other users can write to .*\(0777\)/,
  )
  const inAFile = { ...place, dataDir: secret }
  assert.match(on('data folder', (await reportOn(inAFile)).findings), /^wrong: .* is not a folder/)
})

test('the doctor reports a disk that is nearly full', () => {
  assert.equal(diskFindingOf(2 ** 34).verdict, 'ok')
  assert.equal(diskFindingOf(2 ** 29).verdict, 'warning')
  assert.equal(diskFindingOf(2 ** 20).verdict, 'wrong')
})

test('the doctor reports a Node that is too old', () => {
  assert.equal(nodeFinding('v24.0.0').verdict, 'ok')
  assert.equal(nodeFinding('v100.1.0').verdict, 'ok')
  for (const version of ['v22.18.0', 'nonsense', ''])
    assert.equal(nodeFinding(version).verdict, 'wrong', version)
})

test('the doctor reports every invalid setting with advice', async () => {
  const env = { SIGIL_PORT: 'many', SIGIL_PUBLC_URL: 'https://a.example' }
  const { code, stderr, stdout } = await sigil(['doctor'], { env })
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /✗ settings +SIGIL_PUBLC_URL is not a setting\. Did you mean SIGIL_PUBLIC_URL\?/)
  assert.match(stderr, /✗ settings +SIGIL_PORT must be a whole number/)
  assert.match(stderr, /✗ settings +SIGIL_PUBLIC_URL must be set.*sigil doctor --dev/)
  assert.match(stderr, /3 problems found\.\n$/)
})

test('the doctor mentions warnings even without problems', async () => {
  const place = await freshDatabaseUrl('sqlite')
  assert.equal((await sigil(['user', 'list'], { place })).code, 0)
  chmodSync(place.dataDir, 0o755)
  const env = { SIGIL_PORT: String(await freePort()) }
  const { code, stdout } = await sigil(['doctor', '--dev'], { place, env })
  assert.equal(code, 0)
  assert.match(stdout, /^! data folder /m)
  assert.match(stdout, /\nNo problems found\. See the warnings marked with !\.\n$/)
})

test('the doctor reports a database that is locked, damaged or unavailable', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const lock = holdLock(join(place.dataDir, 'sigil.db'))
  const locked = on('database', (await reportOn(place)).findings)
  lock.release()
  assert.match(locked, /^wrong: Another process has .*sigil\.db open.*fuser/)
  for (const suffix of ['-wal', '-shm', '']) rmSync(join(place.dataDir, `sigil.db${suffix}`), { force: true })
  writeFileSync(join(place.dataDir, 'sigil.db'), 'This is a text, not a database. '.repeat(100), {
    mode: 0o600,
  })
  assert.match(on('database', (await reportOn(place)).findings), /^wrong: .*is damaged.*/)
  const databaseUrl = 'postgres://sigil:hunter2@127.0.0.1:1/sigil'
  const away = await reportOn({ ...place, databaseUrl })
  assert.match(on('database', away.findings), /^wrong: PostgreSQL at 127\.0\.0\.1:1 cannot be reached/)
  assert.doesNotMatch(JSON.stringify(away), /hunter2/)
})

test('the doctor reports a server of another release or database, and an open socket folder', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const { folder, socket } = controlSocketOf(place.dataDir)
  makeSocketFolder(place.dataDir)
  let reply: object = { kind: 'other_release', release: '0.0.1' }
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connection.once('data', () => connection.end(`${JSON.stringify(reply)}\n`))
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  after(() => server.close())
  const serverFinding = async () => on('server', (await reportOn(place)).findings)
  assert.match(await serverFinding(), /^wrong: The running server is release 0\.0\.1, but this command/)
  reply = { kind: 'elsewhere' }
  assert.match(await serverFinding(), /^warning: .*does not use the database/)
  reply = { kind: 'nonsense' }
  assert.match(await serverFinding(), /^wrong: The server stopped/)
  chmodSync(folder, 0o777)
  assert.match(await serverFinding(), /^wrong: .*other users can enter it/)
})

test('the command that the doctor sends to a server cannot be run from the command line', async () => {
  const { code, stderr } = await sigil([inspect.name], {})
  assert.equal(code, 2)
  assert.match(stderr, /Unknown command/)
})
