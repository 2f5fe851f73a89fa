import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { controlSocketOf } from '#src/cli/control-socket.ts'
import { version } from '#src/platform/version.ts'
import { holdLock } from '#src/store/sqlite-lock.ts'
import { freshDatabaseUrl, onBothEngines, type Place } from '#test/support/engines.ts'
import { spawnServer } from '#test/support/processes.ts'
import { envOf, sigil, sigilJson } from '#test/support/sigil.ts'

const socketOf = ({ dataDir }: Place) => controlSocketOf(dataDir).socket

/** Sends a line to the server and returns its raw reply. */
async function send(place: Place, line: string): Promise<string> {
  const connection = connect(socketOf(place))
  await once(connection, 'connect')
  connection.end(line)
  return (await connection.setEncoding('utf8').toArray()).join('')
}

function request(more: Record<string, unknown>): string {
  const defaults = { protocol: 1, release: version(), database: null, command: 'user list', input: {} }
  return `${JSON.stringify({ ...defaults, ...more })}\n`
}

/** A data folder whose path is too long for a socket. */
async function longPlace(): Promise<Place> {
  const place = await freshDatabaseUrl('sqlite')
  const dataDir = join(place.dataDir, 'long'.repeat(40))
  mkdirSync(dataDir)
  after(() => rmSync(controlSocketOf(dataDir).folder, { recursive: true, force: true }))
  return { ...place, dataDir }
}

test('only the user of the server can open the control socket', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await spawnServer(place)
  const { folder, socket } = controlSocketOf(place.dataDir)
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  assert.equal(statSync(socket).mode & 0o777, 0o600)
  assert.ok(statSync(socket).isSocket())
})

test('the control socket runs only listed commands with valid input', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await spawnServer(place)
  const replyTo = async (more: Record<string, unknown>) => JSON.parse(await send(place, request(more)))
  assert.equal((await replyTo({})).exit, 0)
  for (const command of ['start', 'restore', 'config print', 'version', 'help', 'constructor', '__proto__']) {
    const { exit, json } = await replyTo({ command })
    assert.deepEqual([exit, json.error.code], [2, 'usage'], command)
  }
  assert.equal((await replyTo({ input: { limit: 'many' } })).exit, 2)
  assert.equal((await replyTo({ input: { role: 7 } })).exit, 2)
  assert.equal((await replyTo({ input: { extra: 'x' } })).exit, 2)
  assert.equal((await replyTo({ command: 'admin create', input: { email: 'a@b.c' } })).exit, 2)
  assert.equal((await replyTo({ protocol: 2 })).exit, 2)
  assert.deepEqual(await replyTo({ release: '0.0.1' }), { kind: 'other_release', release: version() })
  assert.deepEqual(await replyTo({ database: 'another' }), { kind: 'elsewhere' })
})

test('malformed input on the control socket is rejected', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const server = await spawnServer(place)
  assert.equal(JSON.parse(await send(place, 'not json\n')).exit, 2)
  assert.equal(await send(place, 'half a line'), '')
  await assert.doesNotReject(send(place, 'x'.repeat(400_000)).catch(() => ''))
  assert.equal((await sigil(['user', 'list'], { place })).code, 0)
  assert.equal(await server.stop(), 0)
})

test('a second server on one data folder does not start, and the first keeps running', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await spawnServer(place)
  const second = await sigil(['dev'], { place, env: { SIGIL_PORT: '0' } })
  assert.equal(second.code, 1)
  assert.match(second.stderr, /^Another process has .*sigil\.db open/)
  assert.doesNotMatch(second.stderr, /\n\s+at /)
  assert.equal((await sigil(['user', 'list'], { place })).code, 0)
})

onBothEngines('a server that was killed', ({ freshPlace }) => {
  test('the leftover socket of a killed server affects neither commands nor the next server', async () => {
    const place = await freshPlace()
    const first = await spawnServer(place, envOf(place))
    await first.kill('SIGKILL')
    assert.ok(existsSync(socketOf(place)))
    assert.equal((await sigil(['user', 'list'], { place })).code, 0)
    const second = await spawnServer(place, envOf(place))
    assert.equal((await sigil(['user', 'list'], { place })).code, 0)
    await second.printed(/Admin command received/)
    assert.equal(await second.stop(), 0)
    assert.ok(!existsSync(socketOf(place)))
  })
})

test('a data folder with a long path has its socket in a private temporary folder', async () => {
  const place = await longPlace()
  const server = await spawnServer(place)
  const { folder, socket } = controlSocketOf(place.dataDir)
  assert.ok(folder.startsWith(tmpdir()))
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  assert.equal(statSync(socket).mode & 0o777, 0o600)
  const { code, said } = await sigilJson(['user', 'list'], { place })
  assert.deepEqual([code, said.users], [0, []])
  await server.printed(/Admin command received/)
})

test('a socket folder that is open to others or a symbolic link is not trusted', async () => {
  const place = await longPlace()
  const { folder } = controlSocketOf(place.dataDir)
  mkdirSync(folder, { mode: 0o700 })
  chmodSync(folder, 0o755)
  const refused = await sigilJson(['user', 'list'], { place })
  assert.deepEqual([refused.code, refused.said.error.code], [1, 'unsafe_folder'])
  const server = await spawnServer(place)
  await server.stop()
  assert.match(server.output(), /its socket cannot be opened/)

  rmSync(folder, { recursive: true })
  const elsewhere = mkdtempSync(join(tmpdir(), 'sigil-test-'))
  after(() => rmSync(elsewhere, { recursive: true }))
  symlinkSync(elsewhere, folder)
  assert.equal((await sigilJson(['user', 'list'], { place })).said.error.code, 'unsafe_folder')
})

test('of two servers that share a data folder, the first has the socket', async () => {
  const place = await freshDatabaseUrl('postgres')
  const first = await spawnServer(place, envOf(place))
  const second = await spawnServer(place, envOf(place))
  await second.stop()
  assert.match(second.output(), /Another server uses this data folder/)
  assert.equal((await sigil(['user', 'list'], { place })).code, 0)
  await first.printed(/Admin command received/)
})

test('a command for another database does not run in the server', async () => {
  const [one, other] = [await freshDatabaseUrl('postgres'), await freshDatabaseUrl('postgres')]
  const server = await spawnServer(one, envOf(one))
  const both = { ...other, dataDir: one.dataDir }
  assert.equal((await sigil(['user', 'list'], { place: both })).code, 0)
  assert.doesNotMatch(server.output(), /Admin command received/)
})

test('a locked database is reported with advice', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const lock = holdLock(join(place.dataDir, 'sigil.db'))
  after(() => lock.release())
  const { code, stderr } = await sigil(['user', 'list'], { place })
  assert.equal(code, 1)
  assert.ok(stderr.includes(join(place.dataDir, 'sigil.db')))
  assert.match(stderr, /Stop that process first: `fuser /)
})

test('a server that closes the connection before it answers is reported', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const { folder, socket } = controlSocketOf(place.dataDir)
  mkdirSync(folder, { mode: 0o700 })
  const fake = createServer((connection) => connection.once('data', () => connection.destroy())).listen(
    socket,
  )
  after(() => fake.close())
  const { code, said } = await sigilJson(['user', 'list'], { place })
  assert.deepEqual([code, said.error.code], [1, 'no_answer'])
})
