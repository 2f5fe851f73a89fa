import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { silentLog } from '#src/telemetry/log.ts'
import { capturedLog } from '#test/support/captured-log.ts'

const canary = 'canary-8c1f'

function lineOf(fields: Record<string, unknown>, message = 'Something happened.'): Record<string, unknown> {
  const { log, lines } = capturedLog()
  log.info(fields, message)
  assert.equal(lines.length, 1)
  return lines[0] ?? {}
}

test('the log writes one JSON object per line, with time, level, fields and message', () => {
  const { time, ...rest } = lineOf({ user_id: 'u1', waited_ms: 3 })
  assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  assert.deepEqual(rest, { level: 'info', user_id: 'u1', waited_ms: 3, msg: 'Something happened.' })
})

test('the log omits lines below its level', () => {
  const { log, lines } = capturedLog('warn')
  log.debug({}, 'one')
  log.info({}, 'two')
  log.warn({}, 'three')
  log.error({}, 'four')
  log.fatal({}, 'five')
  assert.deepEqual(
    lines.map((line) => line.msg),
    ['three', 'four', 'five'],
  )
})

test('the silent log writes nothing', () => {
  silentLog.fatal({ password: canary }, 'nobody hears this')
})

const secretNames = [
  'password',
  'new_password',
  'passwordHash',
  'PASSWORD',
  'token',
  'access_token',
  'refreshToken',
  'cookie',
  'Set-Cookie',
  'authorization',
  'proxy-authorization',
  'client_secret',
  'masterKey',
  'SIGIL_MASTER_KEY',
  'master_key',
  'databaseUrl',
  'SIGIL_DATABASE_URL',
  'private_key',
  'totp_secret',
  'otp',
  'recovery_code',
  'code_verifier',
  'passphrase',
]

for (const name of secretNames) {
  test(`the log redacts the value of ${name} at any depth`, () => {
    const secret = { [name]: canary }
    const places: Record<string, unknown>[] = [
      secret,
      { request: { headers: secret } },
      { list: [1, [secret]] },
      { [name]: [canary] },
      { [name]: { value: canary } },
      { [name]: Buffer.from(canary) },
      { rawHeaders: ['Host', 'localhost', name, canary] },
      { map: new Map([[name, canary]]) },
      { error: Object.assign(new Error('failed'), secret) },
      { error: new Error('failed', { cause: secret }) },
    ]
    for (const fields of places) {
      assert.doesNotMatch(JSON.stringify(lineOf(fields)), new RegExp(canary), inspect(fields))
    }
  })
}

const secretTexts = {
  'a JWT': `eyJhbGciOiJFUzI1NiJ9.eyJ${canary}.sig-nature`,
  'a refresh token': `sgr_${canary}.1.mac`,
  'a bearer token': `Bearer ${canary}`,
  'a verifier key': `sgv_${canary}`,
  'a registration token': `sgn_${canary}`,
  'the hash of a password': `$argon2id$v=19$m=19456,t=2,p=1$${canary}$${canary}`,
  'a password in a URL': `postgres://sigil:${canary}@database/sigil`,
  'a private key': `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----`,
}

for (const [what, text] of Object.entries(secretTexts)) {
  test(`the log redacts ${what} in fields, messages, stacks and causes`, () => {
    const error = new AggregateError([new Error(text)], text, { cause: new Error(`because ${text}`) })
    const line = lineOf(
      { note: `before ${text} after`, error, url: new Headers({ link: text.split('\n')[0] ?? '' }) },
      text,
    )
    assert.doesNotMatch(JSON.stringify(line), new RegExp(canary))
  })
}

test('the log redacts rows that the database quotes in its errors', () => {
  const error = Object.assign(new Error('violates a constraint'), {
    detail: `Failing row contains (1, ${canary}).`,
    where: `unnamed portal with parameters: $1 = '${canary}'`,
    table: 'users',
  })
  const text = JSON.stringify(lineOf({ error: new Error('outer', { cause: error }) }))
  assert.doesNotMatch(text, new RegExp(canary))
  assert.match(text, /"table":"users"/)
})

test('the log keeps fields that are not secret', () => {
  const fields = {
    user_id: 'u1',
    code: 'wrong_credentials',
    path: '/api/v1/auth/refresh',
    tokens_ended: 3,
    status: 401,
  }
  const { level: _level, time: _time, msg: _msg, ...shown } = lineOf(fields)
  assert.deepEqual(shown, fields)
})

test('the log shows the type, message, stack, fields and cause of an error', () => {
  const error = Object.assign(new TypeError('outer', { cause: new Error('inner') }), { errno: 5 })
  const shown = lineOf({ error }).error as Record<string, unknown>
  assert.equal(shown.type, 'TypeError')
  assert.equal(shown.message, 'outer')
  assert.equal(shown.errno, 5)
  assert.match(String(shown.stack), /log\.test\.ts/)
  assert.match(JSON.stringify(shown.cause), /inner/)
})

test('the log handles cycles, depth, big integers and bytes', () => {
  const circle: Record<string, unknown> = { at: new Date(0), count: 2n, bytes: Buffer.alloc(3) }
  circle.self = circle
  let deep: unknown = canary
  for (let i = 0; i < 1000; i++) deep = [deep]
  assert.deepEqual(lineOf({ circle, deep }).circle, {
    at: '1970-01-01T00:00:00.000Z',
    count: '2',
    bytes: '[3 bytes]',
    self: '[...]',
  })
})

test('newlines in a value cannot add a line to the log', () => {
  const { log, lines } = capturedLog()
  log.info({ user_agent: 'a\n{"level":"fatal"}' }, 'one\r\ntwo')
  assert.equal(lines.length, 1)
})

test('the log writes JSON if standard output is not a terminal', () => {
  const script = `
    import { openLog } from '#src/telemetry/log.ts'
    const log = await openLog({ level: 'info', mode: 'development' })
    log.info({ password: '${canary}', user_id: 'u1' }, 'Ready.')`
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  assert.equal(JSON.parse(output).user_id, 'u1')
  assert.doesNotMatch(output, new RegExp(canary))
})
