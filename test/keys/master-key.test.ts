import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { MasterKeyProblem, makeMasterKey, readMasterKey, sealKey, unsealKey } from '#src/keys/master-key.ts'
import { systemRandom } from '#src/platform/random.ts'
import { atOnce } from '#test/support/at-once.ts'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('twenty processes at once create one master key, readable by its owner only', async () => {
  const folder = newFolder()
  assert.equal(await readMasterKey(folder), undefined)
  const before = process.umask(0)
  after(() => process.umask(before))
  const made = await atOnce(20, () => makeMasterKey(folder, systemRandom))
  assert.equal(new Set(made.map(({ bytes }) => bytes.toString('hex'))).size, 1)
  assert.deepEqual(await readMasterKey(folder), made[0])
  assert.deepEqual(readdirSync(folder), ['master.key'])
  assert.equal(statSync(join(folder, 'master.key')).mode & 0o777, 0o600)
})

test('sealed data opens only with the same key, under the same name, and unchanged', async () => {
  const [one, other] = [
    await makeMasterKey(newFolder(), systemRandom),
    await makeMasterKey(newFolder(), systemRandom),
  ]
  const sealed = sealKey(one, 'sign:a', Buffer.from('a secret'), systemRandom)
  assert.equal(unsealKey(one, 'sign:a', sealed).toString(), 'a secret')
  assert.notEqual(sealKey(one, 'sign:a', Buffer.from('a secret'), systemRandom), sealed)
  const spoiled = Buffer.from(sealed, 'base64url')
  spoiled[spoiled.length - 1] = (spoiled.at(-1) ?? 0) ^ 1
  for (const attempt of [
    () => unsealKey(other, 'sign:a', sealed),
    () => unsealKey(one, 'sign:b', sealed),
    () => unsealKey(one, 'sign:a', spoiled.toString('base64url')),
    () => unsealKey(one, 'sign:a', sealed.slice(0, -8)),
    () => unsealKey(one, 'sign:a', ''),
  ]) {
    assert.throws(attempt, MasterKeyProblem)
  }
})
