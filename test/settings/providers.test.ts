import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { presetNames, presets } from '#src/settings/provider-presets.ts'
import { readSettings } from '#src/settings/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'sigil-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function read(providers: unknown, env: Record<string, string> = {}) {
  const text = typeof providers === 'string' ? providers : JSON.stringify(providers)
  return readSettings({ SIGIL_PROVIDERS: text, ...env }, 'development')
}

function providersIn(providers: unknown, env?: Record<string, string>) {
  const result = read(providers, env)
  if (result.kind === 'problems') assert.fail(result.problems.join('\n'))
  return result.settings.providers
}

function problemsOf(providers: unknown, env?: Record<string, string>): string[] {
  const result = read(providers, env)
  assert.equal(result.kind, 'problems')
  return result.kind === 'problems' ? result.problems : []
}

const google = { preset: 'google', client_id: 'id', client_secret_env: 'GOOGLE_SECRET' }
const env = { GOOGLE_SECRET: 'of google' }

describe('the setting of identity providers', () => {
  test('a preset needs only a client id and a secret', () => {
    const [provider] = providersIn({ login: google }, env)
    assert.equal(provider?.name, 'login')
    assert.equal(provider?.title, 'Google')
    assert.deepEqual(provider?.protocol, { kind: 'oidc', issuer: 'https://accounts.google.com' })
    assert.deepEqual(provider?.clientSecret, { kind: 'text', text: 'of google' })
    assert.equal(provider?.emailTrust, 'verified_claim')
    assert.deepEqual(
      presetNames.filter((name) => presets[name].emailTrust === 'never'),
      ['microsoft', 'yandex', 'vk'],
    )
  })

  test('any provider with OpenID discovery, or with the endpoints of OAuth, can be described', () => {
    const issuer = 'https://sso.example.org'
    const own = { issuer, client_id: 'id', client_secret_file: file('secret', ' hush \n') }
    const endpoints = {
      authorization_endpoint: `${issuer}/a`,
      token_endpoint: `${issuer}/t`,
      userinfo_endpoint: `${issuer}/u`,
      claims: { subject: 'uid' },
      title: 'Plain',
    }
    const [first, second] = providersIn({ company: own, plain: { ...own, ...endpoints } })
    assert.deepEqual(first?.protocol, { kind: 'oidc', issuer })
    assert.deepEqual(first?.clientSecret, { kind: 'text', text: 'hush' })
    assert.equal(second?.protocol.kind, 'oauth')
    assert.equal(second?.claims.subject, 'uid')
  })

  test('Apple accepts a private key instead of a secret', () => {
    const private_key_file = file('apple', 'PEM')
    const apple = { preset: 'apple', client_id: 'id', team_id: 't', key_id: 'k', private_key_file }
    const [provider] = providersIn({ apple })
    assert.deepEqual(provider?.clientSecret, { kind: 'apple', teamId: 't', keyId: 'k', privateKey: 'PEM' })
  })
})

describe('problems with identity providers', () => {
  test('all problems of the providers are reported at once', () => {
    const [problem = '', ...more] = problemsOf({
      'Bad Name': google,
      typo: { ...google, clientid: 'x' },
      none: { client_id: 'id', client_secret_env: 'X' },
      plain: { ...google, issuer: 'http://sso.example.org' },
      twice: { ...google, client_secret_file: 'a' },
      fixed: { ...google, preset: 'github', issuer: 'https://github.example' },
      sigil: { ...google, client_secret_env: 'SIGIL_MASTER_KEY' },
      half: {
        issuer: 'https://a.example',
        client_id: 'id',
        client_secret_env: 'X',
        token_endpoint: 'https://a.b/',
      },
    })
    assert.deepEqual(more, [])
    for (const words of [
      'Bad Name must be a name of up to 32 lower-case letters',
      'typo: Unknown field `clientid`. Did you mean `client_id`?',
      'none needs `preset` or `issuer`.',
      'plain.issuer must be an https URL',
      'twice can have only one of `client_secret_file`',
      'fixed has a preset with a fixed issuer',
      'sigil.client_secret_env must be the name of a variable that does not begin with SIGIL_.',
      'half needs all three endpoints',
    ])
      assert.ok(problem.includes(words), `${words}\n${problem}`)
  })

  test('secrets that cannot be read are reported for every provider', () => {
    const problems = problemsOf({
      a: google,
      b: { ...google, client_secret_env: undefined, client_secret_file: join(folder, 'missing') },
      c: { ...google, client_secret_env: undefined, client_secret_file: file('empty', '\n') },
    })
    assert.match(problems[0] ?? '', /^SIGIL_PROVIDERS: a: GOOGLE_SECRET is not set/)
    assert.match(problems[1] ?? '', /^SIGIL_PROVIDERS: b: .*missing cannot be read \(ENOENT\)/)
    assert.match(problems[2] ?? '', /^SIGIL_PROVIDERS: c: .*empty is empty/)
  })

  test('providers that are not JSON are a problem that does not repeat the value', () => {
    for (const text of ['null', '[]', '"secret"']) {
      const [problem = ''] = problemsOf(text)
      assert.match(problem, /^SIGIL_PROVIDERS must be a JSON object .* The value must be an object\.$/)
      assert.ok(!problem.includes('secret'))
    }
    const [problem = ''] = problemsOf('{"a": secret}')
    assert.equal(problem, 'SIGIL_PROVIDERS is not valid JSON: expected a value at line 1, column 7.')
  })

  test('an error in the file of providers has its path, line and column', () => {
    const path = file('broken.json', '\ufeff\r\n{\r\n  "google": {\r\n    "preset" "google"\r\n')
    const result = readSettings({ SIGIL_PROVIDERS_FILE: path }, 'development')
    assert.deepEqual(result.kind === 'problems' && result.problems, [
      `SIGIL_PROVIDERS_FILE is ${path}, whose value is not valid JSON: expected \`:\` at line 4, column 14.`,
    ])
  })
})

describe('sources of identity providers', () => {
  test('the providers can be read from a file', () => {
    for (const mark of ['', '\ufeff']) {
      const path = file('providers.json', `${mark}${JSON.stringify({ google })}`)
      const result = readSettings({ SIGIL_PROVIDERS_FILE: path, ...env }, 'development')
      assert.equal(result.kind === 'ok' && result.settings.providers.length, 1)
    }
  })
})
