import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freshDatabaseUrl } from '#test/support/engines.ts'

const program = fileURLToPath(import.meta.resolve('#test/store/open-as-nobody.ts'))
/** Root may write regardless of file modes, so the process changes its user. */
const nobody = 65534

function opened(file: string): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [program, file, String(nobody)], { encoding: 'utf8' })
}

test('a read-only database is rejected with its path, and no other file is created', async () => {
  const { dataDir } = await freshDatabaseUrl('sqlite')
  const file = join(dataDir, 'sigil.db')
  if (process.getuid?.() === 0) {
    for (const one of [dataDir, ...readdirSync(dataDir).map((name) => join(dataDir, name))])
      chownSync(one, nobody, nobody)
  }
  chmodSync(file, 0o444)
  const before = readdirSync(dataDir)
  const refused = opened(file)
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /EACCES: permission denied, access '.*sigil\.db'/)
  assert.deepEqual(readdirSync(dataDir), before)
  chmodSync(file, 0o600)
  const { status, stderr } = opened(file)
  assert.equal(status, 0, stderr)
})
