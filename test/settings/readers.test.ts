import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from '#src/settings/settings.ts'

const goodKey = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64url')

function problemsOf(name: string, text: string): string[] {
  const read = readSettings({ [name]: text }, 'development')
  return read.kind === 'problems' ? read.problems : []
}

const accepted: Record<string, readonly string[]> = {
  SIGIL_HOST: ['0.0.0.0', '::', 'localhost'],
  SIGIL_PORT: ['0', '65535'],
  SIGIL_PUBLIC_URL: [
    'https://auth.example.org',
    'https://a.b:8443/',
    'http://127.0.0.1:8000',
    'http://[::1]:8000',
  ],
  SIGIL_DATABASE_URL: ['postgres://u:p@h/d', 'postgresql://h/d?sslmode=require'],
  SIGIL_MASTER_KEY: [goodKey],
  SIGIL_SIGN_UP: ['open', 'closed'],
  SIGIL_BRAND_COLOR: ['#1d4ed8', '#0F5F5C', '#000000'],
  SIGIL_PRIVACY_URL: ['https://example.org/privacy?lang=en#top'],
  SIGIL_DELETE_GRACE: ['0s', '7d', '90d'],
  SIGIL_EMAIL_VERIFICATION: ['required', 'optional', 'off'],
  SIGIL_SMTP_URL: [
    'smtps://user:p%40ss@smtp.example.org',
    'smtp://smtp.example.org:2525',
    'smtp://mailpit:1025?tls=optional',
    'smtp://[::1]:1025',
  ],
  SIGIL_MAIL_FROM: ['no-reply@example.org', 'Example Ltd. <no-reply@example.org>'],
  SIGIL_BRAND_NAME: ['Example', 'Пример & Co'],
  SIGIL_TRUSTED_PROXIES: ['10.0.0.0/8, ::1', '192.0.2.1'],
  SIGIL_CORS_ORIGINS: ['https://app.example.org,http://localhost:3000'],
  SIGIL_ACCESS_TOKEN_LIFETIME: ['15m', '900s', '1h', '60m'],
  SIGIL_REFRESH_GRACE: ['0s', '5m'],
  SIGIL_REFRESH_LIFETIME: ['1s', '1h', '90d'],
  SIGIL_REVOCATION_LEASE: ['500ms', '30s'],
  SIGIL_RATE_LIMITS: ['on', 'off'],
  SIGIL_LOG_LEVEL: ['debug', 'fatal'],
  SIGIL_METRICS_ALLOW: ['0.0.0.0/0', '10.0.0.1'],
  SIGIL_HASHERS: ['cores', '1', '64'],
  SIGIL_DATABASE_CONNECTIONS: ['4', '500'],
  SIGIL_ACCESS_LOG: ['on', 'off'],
}

const rejected: Record<string, readonly string[]> = {
  SIGIL_HOST: ['http://localhost', 'a b'],
  SIGIL_PORT: ['-1', '65536', '8e3', '80.5', ' 80', '0x50'],
  SIGIL_PUBLIC_URL: [
    'http://auth.example.org',
    'http://localhost.example.org',
    'http://10.0.0.1',
    'https://auth.example.org/sso',
    'https://auth.example.org/?a=b',
    'https://auth.example.org/#top',
    'https://user@auth.example.org',
    'auth.example.org',
    'ftp://localhost',
    'javascript:alert(1)',
  ],
  SIGIL_DATABASE_URL: ['mysql://h/d', 'database'],
  SIGIL_MASTER_KEY: [
    'A'.repeat(43),
    `${goodKey}A`,
    goodKey.slice(1),
    `${goodKey}=`,
    `+${goodKey.slice(1)}`,
    'secret',
  ],
  SIGIL_SIGN_UP: ['off', 'invite'],
  SIGIL_EMAIL_VERIFICATION: ['on'],
  SIGIL_SMTP_URL: ['smtp.example.org', 'http://smtp.example.org', 'smtp://h/path', 'smtp://h?tls=none'],
  SIGIL_MAIL_FROM: ['Example', 'a@b, c@d', 'A\r\nBcc: x <a@b>', '<a@b'],
  SIGIL_BRAND_NAME: ['x'.repeat(61), 'a\nb'],
  // White on #5b7fff has a contrast of 3.6.
  SIGIL_BRAND_COLOR: ['blue', '#fff', '#ffcc00', '#5b7fff', '1d4ed8'],
  SIGIL_BRAND_LOGO: ['logo.gif', '/etc/passwd'],
  SIGIL_HELP_URL: ['http://example.org', 'javascript:alert(1)', 'https://u:p@example.org', 'help'],
  SIGIL_DELETE_GRACE: ['91d', '-1d', '7'],
  SIGIL_TRUSTED_PROXIES: ['*', '0.0.0.0/0', '10.0.0.0/8,::/0', 'proxy.example.org', '10.0.0.0/33'],
  SIGIL_CORS_ORIGINS: [
    '*',
    'null',
    'http://app.example.org',
    'https://a.example.org,*',
    'https://*.example.org/x',
  ],
  SIGIL_ACCESS_TOKEN_LIFETIME: ['61m', '0s', '15', '15 m', '1.5h', '-1m', '15M', 'Infinity', '2h'],
  SIGIL_REFRESH_GRACE: ['301s', '-1s'],
  SIGIL_REFRESH_LIFETIME: ['91d', '0s'],
  SIGIL_REVOCATION_LEASE: ['499ms', '31s', '0s'],
  SIGIL_RATE_LIMITS: ['On', 'true', '1'],
  SIGIL_LOG_LEVEL: ['verbose', 'trace'],
  SIGIL_METRICS_ALLOW: ['*', 'localhost'],
  SIGIL_HASHERS: ['0', '65', 'all'],
  SIGIL_DATABASE_CONNECTIONS: ['3', '501'],
  SIGIL_ACCESS_LOG: ['true'],
}

/** A problem of the value itself, and not of another setting that it needs. */
const isOwn = (name: string) => (problem: string) => problem.startsWith(name)

for (const [name, texts] of Object.entries(accepted)) {
  test(`${name} accepts valid values`, () => {
    for (const text of texts) assert.deepEqual(problemsOf(name, text).filter(isOwn(name)), [], text)
  })
}

for (const [name, texts] of Object.entries(rejected)) {
  test(`${name} rejects invalid values`, () => {
    for (const text of texts) {
      const problems = problemsOf(name, text)
      assert.equal(problems.length, 1, `${name}=${text}`)
      assert.match(problems[0] ?? '', new RegExp(`^${name} (?:must be|contains|has) `))
    }
  })
}

test('CORS origins are stored in the spelling that browsers send', () => {
  const read = readSettings(
    { SIGIL_CORS_ORIGINS: 'https://APP.example.org:443/, https://b.example.org' },
    'development',
  )
  assert.deepEqual(read.kind === 'ok' && read.settings.corsOrigins, [
    'https://app.example.org',
    'https://b.example.org',
  ])
})
