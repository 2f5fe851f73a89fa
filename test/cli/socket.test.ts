import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { socketPlace } from '#src/cli/socket-place.ts'
import { version } from '#src/cli/version.ts'
import { holdLock } from '#src/store/sqlite-lock.ts'
import { freshDatabaseUrl, onBothEngines, type Place } from '#test/support/engines.ts'
import { spawnServer } from '#test/support/processes.ts'
import { envOf, sigil, sigilJson } from '#test/support/sigil.ts'

const socketOf = ({ dataDir }: Place) => socketPlace(dataDir).socket

/** What the server answers to a line, as it is. */
async function say(place: Place, line: string): Promise<string> {
  const connection = connect(socketOf(place))
  await once(connection, 'connect')
  connection.end(line)
  return (await connection.setEncoding('utf8').toArray()).join('')
}

function request(more: Record<string, unknown>): string {
  const asked = { protocol: 1, release: version(), database: null, command: 'user list', input: {} }
  return `${JSON.stringify({ ...asked, ...more })}\n`
}

/** A data folder whose path is too long for a socket. */
async function longPlace(): Promise<Place> {
  const place = await freshDatabaseUrl('sqlite')
  const dataDir = join(place.dataDir, 'long'.repeat(40))
  mkdirSync(dataDir)
  after(() => rmSync(socketPlace(dataDir).folder, { recursive: true, force: true }))
  return { ...place, dataDir }
}

test('the socket and its folder are for the user of the server alone', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await spawnServer(place)
  const { folder, socket } = socketPlace(place.dataDir)
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  assert.equal(statSync(socket).mode & 0o777, 0o600)
  assert.ok(statSync(socket).isSocket())
})

test('only listed commands are run, and only with input that they take', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await spawnServer(place)
  const asked = async (more: Record<string, unknown>) => JSON.parse(await say(place, request(more)))
  assert.equal((await asked({})).exit, 0)
  for (const command of ['start', 'restore', 'config print', 'version', 'help', 'constructor', '__proto__']) {
    const { exit, json } = await asked({ command })
    assert.deepEqual([exit, json.error.code], [2, 'usage'], command)
  }
  assert.equal((await asked({ input: { limit: 'many' } })).exit, 2)
  assert.equal((await asked({ input: { role: 7 } })).exit, 2)
  assert.equal((await asked({ input: { extra: 'x' } })).exit, 2)
  assert.equal((await asked({ command: 'admin create', input: { email: 'a@b.c' } })).exit, 2)
  assert.equal((await asked({ protocol: 2 })).exit, 2)
  assert.deepEqual(await asked({ release: '0.0.1' }), { kind: 'other_release', release: version() })
  assert.deepEqual(await asked({ database: 'another' }), { kind: 'elsewhere' })
})

test('garbage harms nobody', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const server = await spawnServer(place)
  assert.equal(JSON.parse(await say(place, 'not json\n')).exit, 2)
  assert.equal(await say(place, 'half a line'), '')
  await assert.doesNotReject(say(place, 'x'.repeat(400_000)).catch(() => ''))
  assert.equal((await sigil(['user', 'list'], { place })).code, 0)
  assert.equal(await server.stop(), 0)
})

test('a second server on one data folder is refused, and the first goes on', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await spawnServer(place)
  const second = await sigil(['dev'], { place, env: { SIGIL_PORT: '0' } })
  assert.equal(second.code, 1)
  assert.match(second.stderr, /^Another process has .*sigil\.db open/)
  assert.doesNotMatch(second.stderr, /\n\s+at /)
  assert.equal((await sigil(['user', 'list'], { place })).code, 0)
})

onBothEngines('a server that was killed', ({ freshPlace }) => {
  test('leaves a socket that nobody answers, which neither commands nor the next server mind', async () => {
    const place = await freshPlace()
    const first = await spawnServer(place, envOf(place))
    await first.kill('SIGKILL')
    assert.ok(existsSync(socketOf(place)))
    assert.equal((await sigil(['user', 'list'], { place })).code, 0)
    const second = await spawnServer(place, envOf(place))
    assert.equal((await sigil(['user', 'list'], { place })).code, 0)
    await second.printed(/A command came over the socket/)
    assert.equal(await second.stop(), 0)
    assert.ok(!existsSync(socketOf(place)))
  })
})

test('a data folder with a long path has its socket elsewhere, in a folder as private', async () => {
  const place = await longPlace()
  const server = await spawnServer(place)
  const { folder, socket } = socketPlace(place.dataDir)
  assert.ok(folder.startsWith(tmpdir()))
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  assert.equal(statSync(socket).mode & 0o777, 0o600)
  const { code, said } = await sigilJson(['user', 'list'], { place })
  assert.deepEqual([code, said.users], [0, []])
  await server.printed(/A command came over the socket/)
})

test('a folder for the socket that others can enter, or that points elsewhere, is not trusted', async () => {
  const place = await longPlace()
  const { folder } = socketPlace(place.dataDir)
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

test('two servers that share a data folder leave the socket to the first', async () => {
  const place = await freshDatabaseUrl('postgres')
  const first = await spawnServer(place, envOf(place))
  const second = await spawnServer(place, envOf(place))
  await second.stop()
  assert.match(second.output(), /Another server has this data folder too/)
  assert.equal((await sigil(['user', 'list'], { place })).code, 0)
  await first.printed(/A command came over the socket/)
})

test('a command for another database than the server has opens that one itself', async () => {
  const [one, other] = [await freshDatabaseUrl('postgres'), await freshDatabaseUrl('postgres')]
  const server = await spawnServer(one, envOf(one))
  const both = { ...other, dataDir: one.dataDir }
  assert.equal((await sigil(['user', 'list'], { place: both })).code, 0)
  assert.doesNotMatch(server.output(), /A command came over the socket/)
})

test('a database that something else has locked is named, with what to do', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const lock = holdLock(join(place.dataDir, 'sigil.db'))
  after(() => lock.release())
  const { code, stderr } = await sigil(['user', 'list'], { place })
  assert.equal(code, 1)
  assert.ok(stderr.includes(join(place.dataDir, 'sigil.db')))
  assert.match(stderr, /Stop that process first: `fuser /)
})

test('a server that goes away before it answers is told as such', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const { folder, socket } = socketPlace(place.dataDir)
  mkdirSync(folder, { mode: 0o700 })
  const fake = createServer((connection) => connection.once('data', () => connection.destroy())).listen(
    socket,
  )
  after(() => fake.close())
  const { code, said } = await sigilJson(['user', 'list'], { place })
  assert.deepEqual([code, said.error.code], [1, 'no_answer'])
})
