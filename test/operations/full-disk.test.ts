import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readiness } from '#src/operations/readiness.ts'
import { endWithTest, freshDatabaseUrl } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

function mounted(folder: string, size: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test('readiness fails while the disk of the embedded database is full', async (t) => {
  const place = await freshDatabaseUrl('sqlite')
  if (!mounted(place.dataDir, '12m')) return t.skip('only root can mount a small disk')
  endWithTest(place, async () => {
    try {
      execFileSync('umount', ['-l', place.dataDir], { stdio: 'ignore' })
    } catch {
      // Unmounted before.
    }
  })
  const clock = testClock()
  const world = await openTestWorld(place, { clock })
  const failing = async () => (await readiness(world)).filter(({ ok }) => !ok).map(({ name }) => name)
  assert.deepEqual(await failing(), [])
  const ballast = join(place.dataDir, 'ballast')
  assert.throws(() => writeFileSync(ballast, Buffer.alloc(12 * 2 ** 20)), { code: 'ENOSPC' })
  clock.forward(1000)
  assert.deepEqual(await failing(), ['database_writable'])
  rmSync(ballast)
  clock.forward(1000)
  assert.deepEqual(await failing(), [])
  after(() => world.db.close())
})
