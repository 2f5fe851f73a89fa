import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { freshDatabaseUrl, type Place } from '#test/support/engines.ts'
import { envOf, masterKey, sigil } from '#test/support/sigil.ts'

const serverUrl = process.env.SIGIL_TEST_POSTGRES_URL
const skip = serverUrl ? false : 'SIGIL_TEST_POSTGRES_URL is not set: run the tests through npm test'
const publicUrl = { SIGIL_PUBLIC_URL: 'https://auth.example.org', SIGIL_PORT: '0' }

/** Starts a server that must fail at its first attempt to open the database. */
async function failedStart(
  place: Place,
  databaseUrl: string,
): Promise<{ code: number | null; text: string }> {
  const env = { ...publicUrl, SIGIL_DATABASE_URL: databaseUrl, SIGIL_MASTER_KEY: masterKey }
  const { code, stderr, stdout } = await sigil(['start'], { place: { ...place, databaseUrl }, env })
  assert.doesNotMatch(stdout, /retrying/)
  assert.doesNotMatch(stderr, /hunter2|\n\s+at /)
  return { code, text: stderr }
}

function withParameters(url: string, parameters: Record<string, string>): string {
  return `${url}?${new URLSearchParams(parameters)}`
}

async function asAdmin(...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: serverUrl })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

test('a TLS file that cannot be read is named with its parameter', { skip }, async () => {
  const place = await freshDatabaseUrl('postgres')
  for (const parameter of ['sslrootcert', 'sslcert', 'sslkey']) {
    const url = withParameters(place.databaseUrl ?? '', { sslmode: 'verify-full', [parameter]: '/nope.crt' })
    const { code, text } = await failedStart(place, url)
    assert.equal(code, 3)
    assert.match(text, new RegExp(`SIGIL_DATABASE_URL has ${parameter}=/nope\\.crt.*\\(ENOENT\\)`))
    assert.doesNotMatch(text, /data folder|SIGIL_DATA_DIR/)
  }
})

test('a TLS file that is not a certificate fails at once and names the parameters', { skip }, async () => {
  const place = await freshDatabaseUrl('postgres')
  const file = join(place.dataDir, 'not-a-certificate.pem')
  writeFileSync(file, '-----BEGIN CERTIFICATE-----\nnope\n-----END CERTIFICATE-----\n')
  const url = withParameters(place.databaseUrl ?? '', { sslcert: file, sslkey: file })
  const { code, text } = await failedStart(place, url)
  assert.equal(code, 3)
  assert.match(text, /sslcert/)
})

test('a PostgreSQL without TLS fails at once if TLS is required', { skip }, async () => {
  const place = await freshDatabaseUrl('postgres')
  const { code, text } = await failedStart(
    place,
    withParameters(place.databaseUrl ?? '', { sslmode: 'require' }),
  )
  assert.equal(code, 3)
  assert.match(text, /does not offer TLS/)
  assert.match(text, /sslmode=disable/)
})

test('an unknown database and an unknown user fail at once', { skip }, async () => {
  const place = await freshDatabaseUrl('postgres')
  const url = new URL(place.databaseUrl ?? '')
  url.username = 'someone'
  for (const wrong of [`${place.databaseUrl}_missing`, url.href]) {
    const { code, text } = await failedStart(place, wrong)
    assert.equal(code, 3)
    assert.match(text, /PostgreSQL rejects the connection: .* does not exist/)
  }
})

test(
  'a database that is not UTF-8 is rejected by the start and by doctor, with advice',
  { skip },
  async () => {
    const place = await freshDatabaseUrl('postgres')
    const name = `latin_${process.pid}`
    await asAdmin(`create database ${name} encoding 'LATIN1' locale 'C' template template0`)
    after(() => asAdmin(`drop database ${name} with (force)`))
    const url = new URL(place.databaseUrl ?? '')
    url.pathname = `/${name}`
    const { code, text } = await failedStart(place, url.href)
    assert.equal(code, 3)
    assert.match(text, new RegExp(`The database ${name} has the encoding LATIN1, but Sigil needs UTF8\\.`))
    assert.match(text, /create database NAME encoding 'UTF8'/)
    const env = { ...publicUrl, SIGIL_DATABASE_URL: url.href, SIGIL_MASTER_KEY: masterKey }
    const report = await sigil(['doctor'], { place: { ...place, databaseUrl: url.href }, env })
    assert.equal(report.code, 1)
    assert.match(report.stdout + report.stderr, /encoding LATIN1/)
  },
)

test(
  'a PostgreSQL that only reads, and a user without privileges, each have their own advice',
  {
    skip,
  },
  async () => {
    const place = await freshDatabaseUrl('postgres')
    const readOnly = withParameters(place.databaseUrl ?? '', {
      options: '-cdefault_transaction_read_only=on',
    })
    const { code, text } = await failedStart(place, readOnly)
    assert.equal(code, 1)
    assert.match(text, /^PostgreSQL at \S+ accepts no writes: .*\n.*SIGIL_DATABASE_URL/)
    const role = `guest_${process.pid}`
    await asAdmin(`create role ${role} login`)
    after(() => asAdmin(`drop role ${role}`))
    const url = new URL(place.databaseUrl ?? '')
    url.username = role
    const denied = await failedStart(place, url.href)
    assert.equal(denied.code, 3)
    assert.match(
      denied.text,
      /^The user in SIGIL_DATABASE_URL lacks a privilege: permission denied.*\n.*owner/,
    )
  },
)

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
function authentication(kind: number, text: string): Buffer {
  const message = Buffer.concat([Buffer.from('R'), Buffer.alloc(8), Buffer.from(text)])
  message.writeInt32BE(message.length - 1, 1)
  message.writeInt32BE(kind, 5)
  return message
}

test('a missing password ends the process at once, although PostgreSQL keeps the connection', async () => {
  const asking = createServer((socket: Socket) => {
    const replies = [authentication(10, 'SCRAM-SHA-256\0\0'), authentication(11, 'r=x')]
    socket.on('error', () => {}).on('data', () => socket.write(replies.shift() ?? ''))
  }).listen(0, '127.0.0.1')
  after(() => asking.close())
  await once(asking, 'listening')
  const { port } = asking.address() as { port: number }
  const place = await freshDatabaseUrl('sqlite')
  const { code, text } = await failedStart(place, `postgres://sigil@127.0.0.1:${port}/sigil`)
  assert.equal(code, 3)
  assert.match(text, /^PostgreSQL asks for a password, and SIGIL_DATABASE_URL has none/)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} stops a server that waits for its database`, async () => {
    const silent = createServer((socket: Socket) => {
      sockets.push(socket)
    }).listen(0, '127.0.0.1')
    const sockets: Socket[] = []
    after(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const place = await freshDatabaseUrl('sqlite')
    const main = fileURLToPath(import.meta.resolve('#src/main.js'))
    const databaseUrl = `postgres://sigil@127.0.0.1:${port}/sigil`
    const child = spawn(process.execPath, [main, 'start'], {
      env: { ...publicUrl, ...envOf({ ...place, databaseUrl }), SIGIL_DATABASE_URL: databaseUrl },
    })
    const output = child.stdout.setEncoding('utf8').toArray()
    await once(silent, 'connection')
    child.kill(signal)
    const [code] = await once(child, 'exit')
    // A server that did not receive the signal would wait for 30 s and end with another code.
    assert.equal(code, 0)
    assert.match((await output).join(''), /Sigil was stopped before it was ready/)
  })
}
