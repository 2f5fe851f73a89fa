import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { byCli } from '#src/audit/by.ts'
import { backUp } from '#src/backup/back-up.ts'
import { env, livedIn, manySignIns, newFolder } from '#test/backup/lived-in.ts'
import { seededChance } from '#test/crash/chance.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines, type Place } from '#test/support/engines.ts'
import { isAccepted, signedIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { envOf, sigilJson } from '#test/support/sigil.ts'

const main = fileURLToPath(import.meta.resolve('#src/main.js'))
const kills = 4

onBothEngines('killing a restore', ({ freshPlace }) => {
  test(`a restore killed ${kills} times leaves the old database intact, and then completes`, async (t) => {
    const chance = seededChance()
    t.diagnostic(`SIGIL_TEST_SEED=${chance.seed}`)
    const file = join(newFolder(), 'other')
    const other = await livedIn(await freshPlace())
    await manySignIns(other.world.db, 20_000)
    await backUp(other.world, { file, release: '0.1.0', by: byCli })
    await other.stop()
    const place = await freshPlace()
    const here = await livedIn(place)
    const [person] = here.people
    const [otherPerson] = other.people
    assert.ok(person && otherPerson)
    await here.stop()
    const before = await emailsIn(place)
    for (let kill = 1; kill <= kills; kill++) {
      const isDone = await killedRestore(place, file, chance.between(300, 1200))
      if (isDone) break
      assert.deepEqual(await emailsIn(place), before)
    }
    if ((await emailsIn(place)).join() === before.join()) {
      const server = await startServer(place, env)
      const client = clientAt(server.url)
      const { access_token } = await signedIn(client, person)
      assert.ok(await isAccepted(client, access_token))
      await server.stop()
    }
    const { code } = await sigilJson(['restore', file, '--replace'], { place, env })
    assert.equal(code, 0)
    const server = await startServer(place, env)
    await signedIn(clientAt(server.url), otherPerson)
    await server.stop()
  })
})

/** Kills a restore after `ms`. Returns whether its commit had happened. */
async function killedRestore(place: Place, file: string, ms: number): Promise<boolean> {
  const before = await emailsIn(place)
  const child = spawn(process.execPath, [main, 'restore', file, '--replace'], {
    env: { PATH: process.env.PATH ?? '', ...envOf(place), ...env },
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  await exited
  clearTimeout(timer)
  return (await emailsIn(place)).join() !== before.join()
}

async function emailsIn(place: Place): Promise<string[]> {
  const { code, said } = await sigilJson(['user', 'list'], { place, env })
  assert.equal(code, 0)
  return said.users.map(({ email }) => email)
}
