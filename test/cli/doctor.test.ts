import assert from 'node:assert/strict'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { nodeFinding } from '#src/cli/commands/doctor.ts'
import { diskFindingOf } from '#src/cli/doctor/files.ts'
import { inspect } from '#src/cli/doctor/inspect.ts'
import { makeSocketFolder, socketPlace } from '#src/cli/socket-place.ts'
import { sql } from '#src/store/sql.ts'
import { holdLock } from '#src/store/sqlite-lock.ts'
import { on, reportOn, wrongIn } from '#test/cli/doctor-report.ts'
import { freshDatabaseUrl, onBothEngines, openPlace } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'
import { spawnServer } from '#test/support/processes.ts'
import { envOf, masterKey, sigil } from '#test/support/sigil.ts'

/** The PostgreSQL of the tests is made for speed: it waits for no disk, and the doctor sees that. */
const knownOf = (dialect: string) => (dialect === 'postgres' ? ['durability'] : [])

onBothEngines('the doctor', ({ dialect, freshPlace, emptyPlace }) => {
  test('finds nothing wrong beside a server, and without one', async () => {
    const place = await freshPlace()
    const env = { SIGIL_PORT: String(await freePort()) }
    assert.equal((await sigil(['user', 'list'], { place, env })).code, 0)
    const alone = await reportOn(place, env)
    assert.deepEqual(wrongIn(alone.findings), knownOf(dialect))
    assert.match(on('server', alone.findings), /^ok: None runs/)
    assert.match(on('port', alone.findings), /^ok: .* is free/)
    await spawnServer(place, { ...envOf(place), ...env })
    const beside = await reportOn(place, env)
    assert.deepEqual(wrongIn(beside.findings), knownOf(dialect))
    for (const check of ['server', 'url', 'port']) assert.match(on(check, beside.findings), /^ok: /, check)
    for (const { findings, ok, code } of [alone, beside]) {
      for (const check of ['node', 'settings', 'database', 'schema', 'writes', 'clock', 'keys', 'secrets'])
        assert.match(on(check, findings), /^ok: /, check)
      assert.deepEqual([ok, code], dialect === 'sqlite' ? [true, 0] : [false, 1])
    }
  })

  test('says that a database is empty, and makes nothing', async () => {
    const place = await emptyPlace()
    const { findings } = await reportOn(place)
    const said = dialect === 'sqlite' ? on('database', findings) : on('schema', findings)
    assert.match(said, /^warning: /)
    assert.ok(!existsSync(join(place.dataDir, 'sigil.db')))
    const gone = { ...place, dataDir: join(place.dataDir, 'later') }
    assert.match(on('data folder', (await reportOn(gone)).findings), /^warning: .* is not there/)
    assert.ok(!existsSync(gone.dataDir))
  })

  test('finds a newer schema, and one that lacks a migration', async () => {
    const place = await freshPlace()
    const db = await openPlace(place)
    await db.query(sql`delete from schema_migrations where id = '0006-audit'`)
    await db.close()
    assert.match(
      on('schema', (await reportOn(place)).findings),
      /^warning: It lacks 0006-audit\..*sigil migrate/,
    )
    const again = await openPlace(place)
    await again.query(sql`insert into schema_migrations (id, applied_at) values ('9999-later', 1)`)
    await again.close()
    const { code, findings } = await reportOn(place)
    assert.equal(code, 1)
    assert.match(on('schema', findings), /^wrong: .*newer release \(9999-later\)/)
  })
})

onBothEngines('the doctor', ({ dialect, freshPlace }) => {
  test('finds a master key that does not open the keys, or none', async () => {
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

test('the doctor finds files that others can read or write', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await sigil(['user', 'list'], { place })
  const { dataDir } = place
  const secret = join(dataDir, 'secret')
  writeFileSync(secret, masterKey, { mode: 0o644 })
  chmodSync(dataDir, 0o755)
  chmodSync(join(dataDir, 'master.key'), 0o640)
  const { findings } = await reportOn(place, { SIGIL_MASTER_KEY_FILE: secret })
  assert.match(on('data folder', findings), /^warning: Others can look into .*\(0755\).*chmod 700/)
  assert.match(
    on('secrets', findings),
    /^wrong: Others can read master\.key \(0640\)\. .*chmod 600 master\.key/,
  )
  assert.match(
    on('secrets', findings),
    /\nwarning: Others can read .*secret, which SIGIL_MASTER_KEY_FILE names/,
  )
  chmodSync(dataDir, 0o777)
  assert.match(on('data folder', (await reportOn(place)).findings), /^wrong: Others can write in .*\(0777\)/)
  const inAFile = { ...place, dataDir: secret }
  assert.match(on('data folder', (await reportOn(inAFile)).findings), /^wrong: .* is no folder/)
})

test('the doctor finds a disk that fills up', () => {
  assert.equal(diskFindingOf(2 ** 34).verdict, 'ok')
  assert.equal(diskFindingOf(2 ** 29).verdict, 'warning')
  assert.equal(diskFindingOf(2 ** 20).verdict, 'wrong')
})

test('the doctor finds a Node that is too old', () => {
  assert.equal(nodeFinding('v24.0.0').verdict, 'ok')
  assert.equal(nodeFinding('v100.1.0').verdict, 'ok')
  for (const version of ['v22.18.0', 'nonsense', ''])
    assert.equal(nodeFinding(version).verdict, 'wrong', version)
})

test('the doctor finds settings that cannot be read, and says each with what to do', async () => {
  const env = { SIGIL_PORT: 'many', SIGIL_PUBLC_URL: 'https://a.example' }
  const { code, stderr, stdout } = await sigil(['doctor'], { env })
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /✗ settings +SIGIL_PUBLC_URL is not a setting\. Did you mean SIGIL_PUBLIC_URL\?/)
  assert.match(stderr, /✗ settings +SIGIL_PORT must be a whole number/)
  assert.match(stderr, /✗ settings +SIGIL_PUBLIC_URL must be set.*sigil doctor --dev/)
  assert.match(stderr, /3 things are wrong\.\n$/)
})

test('the doctor that finds nothing broken does not call all well what somebody should look at', async () => {
  const place = await freshDatabaseUrl('sqlite')
  assert.equal((await sigil(['user', 'list'], { place })).code, 0)
  chmodSync(place.dataDir, 0o755)
  const env = { SIGIL_PORT: String(await freePort()) }
  const { code, stdout } = await sigil(['doctor', '--dev'], { place, env })
  assert.equal(code, 0)
  assert.match(stdout, /^! data folder /m)
  assert.match(stdout, /\nNothing is broken\. Look at what is marked with !\.\n$/)
})

test('the doctor finds a database that another process holds, is damaged, or is away', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const lock = holdLock(join(place.dataDir, 'sigil.db'))
  const held = on('database', (await reportOn(place)).findings)
  lock.release()
  assert.match(held, /^wrong: Another process has .*sigil\.db open.*fuser/)
  for (const left of ['-wal', '-shm', '']) rmSync(join(place.dataDir, `sigil.db${left}`), { force: true })
  writeFileSync(join(place.dataDir, 'sigil.db'), 'This is a letter and no database. '.repeat(100), {
    mode: 0o600,
  })
  assert.match(on('database', (await reportOn(place)).findings), /^wrong: .*is damaged.*/)
  const databaseUrl = 'postgres://sigil:hunter2@127.0.0.1:1/sigil'
  const away = await reportOn({ ...place, databaseUrl })
  assert.match(on('database', away.findings), /^wrong: PostgreSQL at 127\.0\.0\.1:1 cannot be reached/)
  assert.doesNotMatch(JSON.stringify(away), /hunter2/)
})

test('the doctor finds a server of another release or database, or with an open folder', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const { folder, socket } = socketPlace(place.dataDir)
  makeSocketFolder(place.dataDir)
  let reply: object = { kind: 'other_release', release: '0.0.1' }
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connection.once('data', () => connection.end(`${JSON.stringify(reply)}\n`))
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  after(() => server.close())
  const said = async () => on('server', (await reportOn(place)).findings)
  assert.match(await said(), /^wrong: The server that runs is release 0\.0\.1, and this is/)
  reply = { kind: 'elsewhere' }
  assert.match(await said(), /^warning: .*has another database/)
  reply = { kind: 'nonsense' }
  assert.match(await said(), /^wrong: The server went away/)
  chmodSync(folder, 0o777)
  assert.match(await said(), /^wrong: .*others can enter it/)
})

test('what the doctor asks a server is in no table: nobody types it', async () => {
  const { code, stderr } = await sigil([inspect.name], {})
  assert.equal(code, 2)
  assert.match(stderr, /There is no such command/)
})
