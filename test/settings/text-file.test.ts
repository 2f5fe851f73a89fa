import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readAppsFile } from '#src/settings/apps-file.ts'
import { readSettings } from '#src/settings/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'sigil-settings-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function fileWith(content: string | Buffer): string {
  const path = join(folder, 'file')
  writeFileSync(path, content)
  return path
}

function problemsOf(env: Record<string, string>): readonly string[] {
  const read = readSettings(env, 'development')
  return read.kind === 'problems' ? read.problems : []
}

test('white space around a value is a problem that names the setting', () => {
  const env = {
    SIGIL_DATA_DIR: '/var/lib/sigil\r',
    SIGIL_MASTER_KEY: ' canary',
    SIGIL_SMTP_URL_FILE: '/run/smtp ',
  }
  const text = 'has white space at its beginning or end, such as the carriage return of a Windows file.'
  assert.deepEqual(
    problemsOf(env),
    Object.keys(env).map((name) => `${name} ${text} Remove it.`),
  )
})

test('a byte order mark before the first name of a .env file is a problem', () => {
  const [problem = '', ...more] = problemsOf({ '\ufeffSIGIL_PORT': '8123' })
  assert.match(problem, /^The first setting in the \.env file begins with a byte order mark/)
  assert.deepEqual(more, [])
})

test('a problem shows only the beginning of a long value', () => {
  const [problem = ''] = problemsOf({ SIGIL_BRAND_NAME: 'x'.repeat(100_000) })
  assert.ok(problem.endsWith(`, not "${'x'.repeat(100)}…".`) && problem.length < 250, problem)
})

test('an IPv6 address may have brackets', () => {
  for (const host of ['::1', '[::1]']) {
    const read = readSettings({ SIGIL_HOST: host }, 'development')
    assert.equal(read.kind === 'ok' && read.settings.host, '::1')
  }
  assert.match(problemsOf({ SIGIL_HOST: '[x]' })[0] ?? '', /^SIGIL_HOST must be an IP address/)
})

test('a file with a secret that is not UTF-8 is a problem that names the setting', () => {
  const path = fileWith(Buffer.from('\ufeffkey', 'utf16le'))
  assert.deepEqual(problemsOf({ SIGIL_MASTER_KEY_FILE: path }), [
    `SIGIL_MASTER_KEY_FILE is ${path}, which is not a text in UTF-8.`,
  ])
})

test('an apps file may begin with a byte order mark, and its first error has a line and a column', () => {
  const good = readAppsFile(fileWith('\ufeff{"apps": []}'), {})
  assert.deepEqual(typeof good === 'object' && good.document, { apps: [] })
  const path = fileWith('\n{\n  "apps": [\n    {"client_id": "app_x",}\n  ]\n}\n')
  const why = 'is not valid JSON: an extra comma before `}` at line 4, column 27.'
  assert.equal(readAppsFile(path, {}), `${path} ${why}`)
  assert.equal(readAppsFile(fileWith(' \n'), {}), `${path} is empty.`)
  assert.equal(readAppsFile(folder, {}), `${folder} is a folder and not a file.`)
  assert.equal(readAppsFile('/nowhere', {}), '/nowhere cannot be read (ENOENT).')
})
