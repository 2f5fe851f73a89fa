import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { describeSettings } from '#src/settings/describe.ts'
import type { Mode } from '#src/settings/setting-row.ts'
import {
  type Environment,
  emailVerificationOf,
  listeningOn,
  readSettings,
  type Settings,
  type ShownSetting,
} from '#src/settings/settings.ts'

const goodKey = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64url')
const production = { SIGIL_PUBLIC_URL: 'https://auth.example.org' }

function settingsOf(env: Environment, mode: Mode = 'development'): Settings {
  const read = readSettings(env, mode)
  assert.ok(read.kind === 'ok', read.kind === 'problems' ? read.problems.join('\n') : '')
  return read.settings
}

function shownOf(env: Environment, mode: Mode = 'development'): ShownSetting[] {
  const read = readSettings(env, mode)
  return read.kind === 'ok' ? read.shown : []
}

function problemsOf(env: Environment, mode: Mode = 'development'): string[] {
  const read = readSettings(env, mode)
  return read.kind === 'problems' ? read.problems : []
}

function fileWith(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'sigil-settings-')), 'secret')
  writeFileSync(path, text)
  return path
}

test('development needs no settings', () => {
  const settings = settingsOf({})
  assert.equal(settings.host, '127.0.0.1')
  assert.equal(settings.publicUrl, 'http://localhost:8000')
  assert.equal(settings.dataDir, resolve('data'))
  assert.equal(settings.accessTokenLifetimeMs, 15 * 60_000)
  assert.equal(settings.hashers, Math.min(availableParallelism(), 64))
  assert.deepEqual(settings.corsOrigins, [])
  assert.equal(settings.databaseUrl, undefined)
})

test('production requires only the public URL', () => {
  assert.equal(settingsOf(production, 'production').host, '0.0.0.0')
  const [problem, ...others] = problemsOf({}, 'production')
  assert.match(problem ?? '', /^SIGIL_PUBLIC_URL must be set, for example to https:/)
  assert.deepEqual(others, [])
})

test('the default public URL of development follows the port', () => {
  assert.equal(settingsOf({ SIGIL_PORT: '9000' }).publicUrl, 'http://localhost:9000')
  assert.equal(listeningOn(4711, settingsOf({ SIGIL_PORT: '0' })).publicUrl, 'http://localhost:4711')
})

test('a public URL that is set does not follow the port', () => {
  const settings = settingsOf({ SIGIL_PORT: '0', SIGIL_PUBLIC_URL: 'https://auth.example.org' })
  assert.equal(listeningOn(4711, settings).publicUrl, 'https://auth.example.org')
  assert.equal(listeningOn(4711, settings).port, 4711)
})

test('all problems of the settings are reported at once', () => {
  const problems = problemsOf(
    { SIGIL_PORT: 'abc', SIGIL_RATE_LIMITS: 'maybe', SIGIL_PROT: '1' },
    'production',
  )
  assert.equal(problems.length, 4)
  assert.ok(problems.includes('SIGIL_PORT must be a whole number from 0 to 65535, not "abc".'))
})

test('an unknown setting is reported with the name that was probably meant', () => {
  const meant: Record<string, string> = {
    SIGIL_PROT: 'SIGIL_PORT',
    SIGIL_DATABASE_URI: 'SIGIL_DATABASE_URL',
    SIGIL_MASTERKEY_FILE: 'SIGIL_MASTER_KEY_FILE',
    sigil_port: 'SIGIL_PORT',
    SIGIL_TRUSTED_PROXY: 'SIGIL_TRUSTED_PROXIES',
  }
  for (const [typed, name] of Object.entries(meant)) {
    assert.deepEqual(problemsOf({ [typed]: '' }), [`${typed} is not a setting. Did you mean ${name}?`])
  }
})

test('an unknown setting without a similar one is reported without a suggestion', () => {
  assert.deepEqual(problemsOf({ SIGIL_FROBNICATE: '1' }), [
    'SIGIL_FROBNICATE is not a setting. All settings are listed in .env.example.',
  ])
})

test('environment variables of our clients and of other programs are ignored', () => {
  settingsOf({ SIGIL_VERIFIER_KEY: 'x', SIGIL_ISSUER: 'http://localhost:8000' })
  settingsOf({ PORT: 'abc', SIGILS: '1', SIGIL_TEST_REQUIRE: 'nginx', PATH: '/bin' })
})

test('an empty setting counts as not set', () => {
  assert.equal(settingsOf({ SIGIL_PORT: '', SIGIL_MASTER_KEY: '', SIGIL_MASTER_KEY_FILE: '' }).port, 8000)
})

test('a secret is read from its file without the final newline', () => {
  const settings = settingsOf({ SIGIL_MASTER_KEY_FILE: fileWith(`${goodKey}\n`) })
  assert.equal(settings.masterKey?.toString('base64url'), goodKey)
})

test('a setting that is not a secret cannot be read from a file', () => {
  assert.deepEqual(problemsOf({ SIGIL_PORT_FILE: fileWith('8000') }), [
    'SIGIL_PORT_FILE is not a setting. SIGIL_PORT is not a secret and cannot be read from a file.',
  ])
})

test('a secret in both the environment and a file is an error', () => {
  assert.deepEqual(problemsOf({ SIGIL_MASTER_KEY: goodKey, SIGIL_MASTER_KEY_FILE: fileWith(goodKey) }), [
    'SIGIL_MASTER_KEY and SIGIL_MASTER_KEY_FILE are both set. Keep one of them.',
  ])
})

test('a missing or empty secret file is an error', () => {
  assert.match(problemsOf({ SIGIL_MASTER_KEY_FILE: '/nowhere/key' })[0] ?? '', /cannot be read \(ENOENT\)/)
  assert.match(problemsOf({ SIGIL_MASTER_KEY_FILE: fileWith(' \n') })[0] ?? '', /is empty/)
  const [wrong = ''] = problemsOf({ SIGIL_MASTER_KEY_FILE: fileWith('canary') })
  assert.match(wrong, /^SIGIL_MASTER_KEY_FILE is \/.*, whose value must be 32 random bytes/)
  assert.doesNotMatch(wrong, /canary/)
})

test('problems of settings never contain a secret', () => {
  const secrets = {
    SIGIL_MASTER_KEY: 'canary-not-a-key',
    SIGIL_DATABASE_URL: 'mysql://sigil:canary@database/sigil',
    SIGIL_DATABASE_DIRECT_URL_FILE: fileWith('canary'),
  }
  const problems = problemsOf(secrets)
  assert.equal(problems.length, 3)
  assert.doesNotMatch(problems.join('\n'), /canary/)
})

test('the effective settings are shown with their sources, secrets only as set', () => {
  const database = 'postgres://sigil:canary@database/sigil'
  const shown = shownOf({
    SIGIL_PORT: '9000',
    SIGIL_DATABASE_URL: database,
    SIGIL_MASTER_KEY_FILE: fileWith(goodKey),
  })
  const row = (name: string) => shown.find((setting) => setting.name === name)
  assert.deepEqual(row('SIGIL_PORT'), { name: 'SIGIL_PORT', value: '9000', from: 'environment' })
  assert.deepEqual(row('SIGIL_REFRESH_GRACE'), { name: 'SIGIL_REFRESH_GRACE', value: '10s', from: 'default' })
  assert.deepEqual(row('SIGIL_MASTER_KEY'), { name: 'SIGIL_MASTER_KEY', value: '(set)', from: 'file' })
  assert.deepEqual(row('SIGIL_DATABASE_DIRECT_URL')?.value, '(not set)')
  assert.doesNotMatch(JSON.stringify(shown), new RegExp(`canary|${goodKey}`))
})

test('a master key is required with PostgreSQL in production', () => {
  const shared = { ...production, SIGIL_DATABASE_URL: 'postgres://sigil@database/sigil' }
  assert.match(
    problemsOf(shared, 'production')[0] ?? '',
    /^SIGIL_MASTER_KEY or SIGIL_MASTER_KEY_FILE must be set/,
  )
  settingsOf({ ...shared, SIGIL_MASTER_KEY: goodKey }, 'production')
  settingsOf({ SIGIL_DATABASE_URL: 'postgres://sigil@database/sigil' })
})

test('a direct database URL without the database URL is an error', () => {
  const direct = { SIGIL_DATABASE_DIRECT_URL: 'postgres://sigil@database/sigil' }
  assert.match(problemsOf(direct)[0] ?? '', /is set without SIGIL_DATABASE_URL/)
})

test('a mail server without a sender, and verification without a mail server, are errors', () => {
  const smtp = { SIGIL_SMTP_URL: 'smtps://u:p@smtp.example.org' }
  assert.match(problemsOf(smtp)[0] ?? '', /SIGIL_MAIL_FROM must be set with SIGIL_SMTP_URL, for example/)
  const required = { SIGIL_PUBLIC_URL: 'https://a.example.org', SIGIL_EMAIL_VERIFICATION: 'required' }
  const read = readSettings(required, 'production')
  const [problem = ''] = read.kind === 'problems' ? read.problems : []
  assert.match(problem, /SIGIL_EMAIL_VERIFICATION is required, but without SIGIL_SMTP_URL/)
  const mailbox = { SIGIL_PUBLIC_URL: 'https://a.example.org', SIGIL_DEV_MAIL: 'on' }
  assert.equal(readSettings(mailbox, 'production').kind, 'problems')
})

test('by default emails must be verified exactly if mail can be sent', () => {
  const verificationWith = (env: Record<string, string>) => {
    const read = readSettings(env, 'development')
    return read.kind === 'ok' && emailVerificationOf(read.settings)
  }
  assert.equal(verificationWith({}), 'optional')
  const smtp = { SIGIL_SMTP_URL: 'smtp://localhost', SIGIL_MAIL_FROM: 'a@example.org' }
  assert.equal(verificationWith(smtp), 'required')
  assert.equal(verificationWith({ ...smtp, SIGIL_EMAIL_VERIFICATION: 'off' }), 'off')
})

test('secrets have no defaults', () => {
  const secrets = describeSettings().filter((setting) => setting.secret)
  assert.deepEqual(
    secrets.map((setting) => [setting.name, setting.inDevelopment, setting.inProduction]),
    [
      ['SIGIL_DATABASE_URL', undefined, undefined],
      ['SIGIL_DATABASE_DIRECT_URL', undefined, undefined],
      ['SIGIL_MASTER_KEY', undefined, undefined],
      ['SIGIL_SMTP_URL', undefined, undefined],
      ['SIGIL_PROVIDERS', undefined, undefined],
    ],
  )
})

test('every setting has a description, and only the public URL is required', () => {
  const described = describeSettings()
  for (const setting of described) assert.match(setting.description, /^[A-Z].*\.$/, setting.name)
  const required = described.filter((setting) => setting.required)
  assert.deepEqual(
    required.map((setting) => setting.name),
    ['SIGIL_PUBLIC_URL'],
  )
})

test('the examples of settings are valid', () => {
  for (const { name, example, secret } of describeSettings()) {
    const env = { SIGIL_PUBLIC_URL: 'https://auth.example.org', [name]: example }
    // The files of the examples are on the reader's machine.
    const missing = /logo\.svg, which does not exist\.$|apps\.json cannot be read/
    const problems = problemsOf(env).filter((problem) => !missing.test(problem))
    if (!secret) assert.deepEqual(problems, [], name)
  }
})

test('the domain of passkeys must be the host of the public URL or a parent of it', () => {
  const publicUrl = { SIGIL_PUBLIC_URL: 'https://auth.example.org' }
  for (const domain of ['auth.example.org', 'example.org'])
    assert.deepEqual(problemsOf({ ...publicUrl, SIGIL_PASSKEY_RP_ID: domain }), [])
  for (const domain of ['example.com', 'h.example.org', 'login.auth.example.org', 'Example.org', 'https://x'])
    assert.equal(problemsOf({ ...publicUrl, SIGIL_PASSKEY_RP_ID: domain }).length, 1, domain)
})

test('passkey origins are https origins or Android apps', () => {
  const app = `android:apk-key-hash:${'a'.repeat(43)}`
  assert.deepEqual(problemsOf({ SIGIL_PASSKEY_ORIGINS: `https://example.com, ${app}` }), [])
  for (const origin of ['http://example.com', '*', 'android:apk-key-hash:', 'ios:bundle'])
    assert.equal(problemsOf({ SIGIL_PASSKEY_ORIGINS: origin }).length, 1, origin)
})
