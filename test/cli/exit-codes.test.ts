import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { command } from '#test/support/command.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { sigil } from '#test/support/sigil.ts'

const app = { client_id: 'app_x', kind: 'web', name: 'X', redirect_uris: ['https://x.example.com/cb'] }

/** Each file has one error: of its text, of its fields, of its secrets, and of its meaning. */
const badFiles: readonly (readonly [text: string | undefined, error: RegExp])[] = [
  [undefined, /apps\.json cannot be read \(ENOENT\)\./],
  ['{"apps": [}', /apps\.json is not valid JSON: expected a value at line 1, column 11\./],
  [
    JSON.stringify({ apps: [{ ...app, redirect_uris: 'x' }] }),
    /^apps\[0\]\.redirect_uris must be a list\.$/m,
  ],
  [JSON.stringify({ apps: [{ ...app, client_id: 'x' }] }), /^apps\[0\]\.client_id must begin with `app_`/m],
  [JSON.stringify({ app: [] }), /^Unknown field `app`\. Did you mean `apps`\?$/m],
  [JSON.stringify({ apps: [{ ...app, client_secrets: [{ env: 'NONE' }] }] }), /NONE is not set/],
  [
    JSON.stringify({ apps: [{ ...app, client_secrets: [{}] }] }),
    /^apps\[0\]\.client_secrets\[0\] must be \{"env"/m,
  ],
  [JSON.stringify({ apps: [{ ...app, kind: 'browser', redirect_uris: ['ftp://x'] }] }), /redirect_uris/],
]

test('a bad apps file has one error and one exit code in every command', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const file = join(place.dataDir, 'apps.json')
  for (const [text, error] of badFiles) {
    if (text !== undefined) writeFileSync(file, text)
    for (const verb of ['plan', 'apply']) {
      const { code, stderr } = await command(['apps', verb, file], { place })
      assert.match(stderr, error)
      assert.deepEqual([code, /expected string|received|Invalid input/.test(stderr)], [3, false], stderr)
    }
  }
  // The last file is valid except for its meaning.
  for (const text of [readFileSync(file, 'utf8'), '{']) {
    writeFileSync(file, text)
    const env = { SIGIL_PUBLIC_URL: 'https://auth.example.org', SIGIL_PORT: '0', SIGIL_APPS_FILE: file }
    assert.equal((await sigil(['start'], { place, env })).code, 3)
  }
})
