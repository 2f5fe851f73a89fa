import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Mode } from '#src/settings/setting-row.ts'
import { readSettings } from '#src/settings/settings.ts'
import { settingWarnings } from '#src/settings/warnings.ts'

function checksOf(env: Record<string, string>, mode: Mode): string[] {
  const base = { SIGIL_PUBLIC_URL: 'https://auth.example.org', SIGIL_MASTER_KEY: key }
  const read = readSettings({ ...base, ...env }, mode)
  if (read.kind === 'problems') assert.fail(read.problems.join('\n'))
  return settingWarnings(read.settings, mode).map(({ check }) => check)
}

const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64url')

test('PostgreSQL on another machine without TLS is a warning', () => {
  const open = ['h/d', 'h/d?sslmode=disable', '10.0.0.5:5432/d', 'h/d?ssl=false']
  const safe = [
    'h/d?sslmode=verify-full',
    'localhost/d',
    '127.0.0.1/d',
    '[::1]/d',
    '%2Fvar%2Frun/d',
    '/d?host=/cloudsql/x',
    'h/d?sslrootcert=system',
  ]
  for (const rest of open) {
    assert.deepEqual(
      checksOf({ SIGIL_DATABASE_URL: `postgres://${rest}` }, 'production'),
      ['database tls'],
      rest,
    )
  }
  for (const rest of safe) {
    assert.deepEqual(checksOf({ SIGIL_DATABASE_URL: `postgres://${rest}` }, 'production'), [], rest)
  }
})

test('disabled rate limits are a warning only in production', () => {
  const off = { SIGIL_RATE_LIMITS: 'off' }
  assert.deepEqual(checksOf(off, 'production'), ['rate limits'])
  assert.deepEqual(checksOf(off, 'development'), [])
})
