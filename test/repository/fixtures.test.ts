import assert from 'node:assert/strict'
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { restore } from '#src/backup/restore.ts'
import { parseMasterKey } from '#src/keys/master-key.ts'
import { systemRandom } from '#src/platform/random.ts'
import { version } from '#src/platform/version.ts'
import { newFolder } from '#test/backup/lived-in.ts'
import { noWaitClock } from '#test/backup/no-wait-clock.ts'
import { people } from '#test/fixtures/people.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines, openPlace, type Place } from '#test/support/engines.ts'
import { signedIn, signIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const releases = readdirSync('test/fixtures', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

test('there is a fixture with a database of this release, for later releases', () => {
  assert.ok(releases.includes(version()), 'run node test/fixtures/make.ts')
})

for (const release of releases) {
  const folder = join('test', 'fixtures', release)
  const key = readFileSync(join(folder, 'master.key'), 'utf8')

  test(`the database of release ${release} is opened and migrated, and its users can sign in`, async () => {
    const dataDir = newFolder()
    for (const name of ['sigil.db', 'master.key']) copyFileSync(join(folder, name), join(dataDir, name))
    await assertUsable({ dataDir, databaseUrl: undefined }, {})
  })

  onBothEngines(`the backup of release ${release}`, ({ freshPlace }) => {
    test('a backup of an earlier release is restored, and its users can sign in', async () => {
      const place = await freshPlace()
      const db = await openPlace(place)
      const outside = {
        db,
        clock: noWaitClock,
        random: systemRandom,
        masterKeyFor: async () => parseMasterKey(key),
      }
      await restore(outside, { file: join(folder, 'whole.backup'), isReplacing: true, by: byCli })
      await db.close()
      await assertUsable(place, { SIGIL_MASTER_KEY: key.trim() })
    })
  })
}

async function assertUsable(place: Place, env: Record<string, string>): Promise<void> {
  const { url, world, stop } = await startServer(place, env)
  const client = clientAt(url)
  const { admin, user, disabled, imported } = people
  const roles: Record<string, readonly string[]> = {
    [admin.email]: ['admin', 'default_user'],
    [user.email]: ['default_user', 'editor'],
    [imported.email]: ['default_user'],
  }
  for (const person of [admin, user, imported]) {
    const session = await signedIn(client, person)
    assert.deepEqual(session.user.roles, roles[person.email])
  }
  for (const { username, password } of [admin, user])
    await signedIn(client, { email: username.toUpperCase(), password })
  const rejected = { login: disabled.email, password: disabled.password }
  assert.equal((await signIn(client, rejected)).status, 401)
  const verdict = await verifyAudit(world)
  assert.ok(verdict.kind === 'whole' && verdict.events > 10, JSON.stringify(verdict))
  await stop()
}
