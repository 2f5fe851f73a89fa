import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshDatabaseUrl, onBothEngines } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'
import { spawnServer } from '#test/support/processes.ts'
import { envOf, sigil } from '#test/support/sigil.ts'

onBothEngines('commands next to a development server', ({ freshPlace }) => {
  test('doctor, config and provider list read the same settings as the running server', async () => {
    const place = await freshPlace()
    const env = { SIGIL_PORT: String(await freePort()) }
    const alone = await sigil(['config', 'check'], { place, env })
    assert.equal(alone.code, 3)
    assert.match(alone.stderr, /SIGIL_PUBLIC_URL must be set/)
    await spawnServer(place, { ...envOf(place), ...env })
    for (const words of [
      ['config', 'check'],
      ['config', 'print'],
      ['provider', 'list'],
    ]) {
      const { code, stderr } = await sigil(words, { place, env })
      assert.equal(code, 0, stderr)
    }
    const { stdout, stderr } = await sigil(['doctor'], { place, env })
    assert.match(stdout + stderr, /✓ settings +All settings are valid for development\./)
    assert.match(stdout + stderr, /Sigil .* is running and ready/)
  })
})

test('the first start logs its migrations in one line', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const empty = { ...place, dataDir: `${place.dataDir}/new` }
  const server = await spawnServer(empty, { SIGIL_PORT: String(await freePort()) })
  await server.printed(/Sigil is ready/)
  const before = server.output().split('Sigil is ready')[0] ?? ''
  assert.ok(before.split('\n').length <= 3, before)
  assert.match(before, /Database migrated/)
})
