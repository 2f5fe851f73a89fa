import assert from 'node:assert/strict'
import { AsyncResource } from 'node:async_hooks'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { DatabaseMoved } from '#src/audit/moved.ts'
import { BackupError } from '#src/backup/backup-error.ts'
import { exportInstance } from '#src/backup/export-instance.ts'
import { parseMasterKey } from '#src/keys/master-key.ts'
import { systemClock } from '#src/platform/clock.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import type { Db } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { env, livedIn, newFolder, rowsOf } from '#test/backup/lived-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines, openPlace } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { arrived, isAccepted, refresh, signedIn, signIn } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { startServer } from '#test/support/server.ts'
import { masterKey, sigil, sigilJson } from '#test/support/sigil.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld, serveTestWorld } from '#test/support/test-world.ts'

onBothEngines('an exported database', ({ freshPlace }) => {
  test('an exported database starts no server and accepts no change until it is restored', async () => {
    const place = await freshPlace()
    const { people, stop } = await livedIn(place)
    const [person] = people
    assert.ok(person)
    await stop()
    const file = join(newFolder(), 'one')
    assert.equal((await sigil(['export', file], { place, env })).code, 0)
    const db = await openPlace(place)
    const before = await rowsOf(db)
    await db.close()
    await assert.rejects(spawnServer(place, env), /was exported on 20.+ to be imported elsewhere/)
    for (const words of [
      ['user', 'disable', person.email],
      ['key', 'rotate'],
      ['migrate'],
      ['backup', `${file}.backup`],
    ]) {
      const { code, stderr } = await sigil(words, { place, env })
      assert.equal(code, 5, words.join(' '))
      assert.match(stderr, /was exported on 20.+ to be imported elsewhere\. .+`sigil restore FILE --replace`/)
    }
    const report = await sigil(['doctor'], { place, env: { ...env, SIGIL_PORT: '0' } })
    assert.match(report.stderr, /✗ moved +This instance was exported/)
    const { said } = await sigilJson(['import', file], { place, env })
    assert.equal(said.error.code, 'not_empty')
    const after = await openPlace(place)
    assert.deepEqual(await rowsOf(after), before)
    await after.close()

    const restored = await sigil(['restore', file, '--replace'], { place, env })
    assert.equal(restored.code, 0, restored.stderr)
    const server = await startServer(place, env)
    const { access_token } = await signedIn(clientAt(server.url), person)
    assert.ok(await isAccepted(clientAt(server.url), access_token))
    await server.stop()
  })
})

const skip = process.env.SIGIL_TEST_POSTGRES_URL === undefined && 'run this through npm test'

test('a change during an export either comes first or fails', { skip }, async () => {
  const world = await used()
  const folder = newFolder()
  const late = [
    () => addVerifier(world, { name: 'late', by: byCli }),
    () => revocationNode(world).renew(),
  ].map((act) => AsyncResource.bind(act))
  const acts: Promise<unknown>[] = []
  const db: Db = {
    ...world.db,
    exclusively: (work) =>
      world.db.exclusively(async (query) => {
        const done = await work(query)
        // Begins after the export has read everything and before its commit.
        for (const act of late) acts.push(act().catch((error: unknown) => error))
        return done
      }),
  }
  await exportFrom({ ...world, db }, join(folder, 'one'))
  const errors = await Promise.all(acts)
  assert.deepEqual(
    errors.map((error) => error instanceof DatabaseMoved),
    [true, true],
  )
  const { query } = world.db
  assert.deepEqual(await query(sql`select id from leaseholders union all select id from verifiers`), [])
})

test('an export fails if a node starts at the last moment', { skip }, async () => {
  const world = await used()
  const folder = newFolder()
  const start = AsyncResource.bind(() => revocationNode(world).renew())
  const db: Db = {
    ...world.db,
    exclusively: async (work) => {
      await start()
      return world.db.exclusively(work)
    },
  }
  const error = await exportFrom({ ...world, db }, join(folder, 'one')).catch((error: unknown) => error)
  assert.ok(error instanceof BackupError && error.code === 'server_running', String(error))
  assert.deepEqual(readdirSync(folder), [])
  await addVerifier(world, { name: 'api', by: byCli })
})

test('a node that was suspended during an export accepts no token afterwards', { skip }, async () => {
  const clock = testClock()
  const place = await freshDatabaseUrl('postgres')
  const { url } = await serveTestWorld(place, { clock, env })
  const client = clientAt(url)
  const { person, session } = await arrived(client)
  assert.ok(await isAccepted(client, session.access_token))
  const browser = browserAt(url)
  await arrivedOnPage(browser)
  // Its clock stands still, so it does not renew its lease and appears dead.
  assert.equal((await sigil(['export', join(newFolder(), 'one')], { place, env })).code, 0)
  clock.forward(500)
  const bearer = session.access_token
  const credentials = { login: person.email, password: person.password }
  // A page view renews an access token that the browser has lost.
  browser.jar.keep('access_token=; Path=/; Max-Age=0')
  const replies = [
    await browser.get('/account'),
    await client.get('/api/v1/auth/verify', { bearer }),
    await refresh(client, session.refresh_token),
    await signIn(client, credentials),
    await client.post('/api/v1/auth/logout', { refresh_token: session.refresh_token }),
  ]
  assert.deepEqual(
    replies.map(({ status }) => status),
    [503, 503, 503, 503, 503],
  )
})

async function used() {
  return openTestWorld(await freshDatabaseUrl('postgres'), { clock: systemClock, env })
}

function exportFrom({ db, clock, random }: World, file: string) {
  const masterKeyFor = async () => parseMasterKey(masterKey)
  return exportInstance({ db, clock, random, masterKeyFor }, { file, release: '0.1.0', by: byCli })
}
