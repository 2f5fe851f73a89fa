import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Mode } from '#src/settings/setting-row.ts'
import { readSettings } from '#src/settings/settings.ts'
import { unknownNames } from '#src/settings/unknown-names.ts'

const production = { SIGIL_PUBLIC_URL: 'https://auth.example.org' }

function problemsOf(env: Record<string, string>, mode: Mode = 'development'): string[] {
  const read = readSettings(env, mode)
  return read.kind === 'problems' ? read.problems : []
}

test('every variable that the examples, the SDKs and the documents set is known to the server', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const files = execFileSync(
    'git',
    ['ls-files', 'examples', 'sdk', 'docs', 'deploy', 'README.md', 'compose.yaml'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  const names = files
    .trim()
    .split('\n')
    .filter((file) => !file.endsWith('.svg'))
    .flatMap(
      (file) => readFileSync(`${root}/${file}`, 'utf8').match(/\bSIGIL_[A-Z][A-Z_]*[A-Z](?==|:|}| )/g) ?? [],
    )
  assert.ok(names.includes('SIGIL_VERIFIER_KEY') && names.includes('SIGIL_ISSUER'))
  const env = Object.fromEntries(names.map((name) => [name, 'x']))
  assert.deepEqual(unknownNames(env), [])
})

test('variables of a Kubernetes service are reported once, with the setting that stops them', () => {
  const problems = problemsOf({
    SIGIL_PORT: 'tcp://10.0.0.1:8000',
    SIGIL_SERVICE_HOST: '10.0.0.1',
    SIGIL_SERVICE_PORT: '8000',
    SIGIL_SERVICE_PORT_HTTP: '8000',
    SIGIL_PORT_8000_TCP: 'tcp://10.0.0.1:8000',
    SIGIL_PORT_8000_TCP_PROTO: 'tcp',
    SIGIL_PORT_8000_TCP_PORT: '8000',
    SIGIL_PORT_8000_TCP_ADDR: '10.0.0.1',
    SIGIL_POSTGRES_SERVICE_HOST: '10.0.0.2',
    SIGIL_POSTGRES_PORT: 'tcp://10.0.0.2:5432',
  })
  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /Kubernetes.*`enableServiceLinks: false`/)
  assert.deepEqual(problemsOf({ SIGIL_PORT: '8000' }), [])
  assert.match(problemsOf({ SIGIL_PROT: '8000' })[0] ?? '', /Did you mean SIGIL_PORT/)
})

test('a wildcard in SIGIL_CORS_ORIGINS is rejected with the reason', () => {
  for (const origins of ['https://*.example.org', 'https://a.example.org, https://*.example.org', '*']) {
    const [problem = ''] = problemsOf({ SIGIL_CORS_ORIGINS: origins })
    assert.match(problem, /^SIGIL_CORS_ORIGINS contains .*wildcards are not supported.*List each origin/)
  }
})

test('an empty database URL is an error in production, instead of starting with an empty SQLite', () => {
  for (const name of ['SIGIL_DATABASE_URL', 'SIGIL_DATABASE_URL_FILE']) {
    assert.deepEqual(problemsOf({ ...production, [name]: '' }, 'production'), [
      `${name} is empty. Set it, or remove it to use the embedded SQLite database.`,
    ])
    assert.deepEqual(problemsOf({ [name]: '' }), [])
  }
})

test('sessions may be short only with an http public URL', () => {
  const short = { SIGIL_REFRESH_LIFETIME: '1s' }
  assert.deepEqual(problemsOf(short), [])
  assert.match(problemsOf({ ...production, ...short }, 'production')[0] ?? '', /at least 1h/)
  assert.deepEqual(problemsOf({ ...production, SIGIL_REFRESH_LIFETIME: '1h' }, 'production'), [])
})
