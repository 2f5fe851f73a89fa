import assert from 'node:assert/strict'
import { copyFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { env, newFolder } from '#test/backup/lived-in.ts'
import { type Client, clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines, type Place } from '#test/support/engines.ts'
import { arrived, isAccepted, refresh, signedIn, signedUp, signIn } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { type Flash, sigil, sigilJson } from '#test/support/sigil.ts'

onBothEngines('a backup of a running server', ({ freshPlace }) => {
  test('a restore signs everyone out, and users can sign in again', async () => {
    const place = await freshPlace()
    const first = await spawnServer(place, env)
    const { person, session } = await arrived(clientAt(first.url))
    const key = await verifierKey(place)
    const before = await polled(clientAt(first.url), key)
    const file = join(newFolder(), 'one.backup')
    const made = await run(['backup', file], place)
    assert.deepEqual([made.code, made.said.rows.users, made.said.rows.sessions], [0, 1, 1])
    const late = await signedUp(clientAt(first.url))
    const other = await signedIn(clientAt(first.url), person)
    const beside = await run(['restore', file, '--replace'], place)
    assert.deepEqual([beside.code, beside.said.error.code], [5, 'server_running'])
    assert.ok(await isAccepted(clientAt(first.url), session.access_token))
    await first.stop()

    const withoutFlag = await run(['restore', file], place)
    assert.deepEqual([withoutFlag.code, withoutFlag.said.error.code], [5, 'not_empty'])
    const restored = await run(['restore', file, '--replace'], place)
    assert.deepEqual([restored.code, restored.said.rows.users, restored.said.sessions_ended], [0, 1, 1])

    const second = clientAt((await spawnServer(place, env)).url)
    for (const old of [session, other]) {
      assert.ok(!(await isAccepted(second, old.access_token)))
      assert.equal((await refresh(second, old.refresh_token)).status, 401)
    }
    const after = await polled(second, key)
    assert.notEqual(after.timeline, before.timeline)
    assert.ok(before.now < after.floor && after.floor <= after.now)
    const fresh = await signedIn(second, person)
    assert.ok(await isAccepted(second, fresh.access_token))
    const deleted = await signIn(second, late)
    assert.equal(deleted.status, 401)
    assert.equal((await sigil(['audit', 'verify'], { place, env })).code, 0)
  })

  test('a backup is readable only by its owner and never overwrites a file', async () => {
    const place = await freshPlace()
    await spawnServer(place, env)
    const folder = newFolder()
    const file = join(folder, 'one.backup')
    const made = await sigil(['backup', 'one.backup'], { place, env, cwd: folder })
    assert.equal(made.code, 0, made.stderr)
    assert.match(made.stdout, /cannot be restored without the master key/)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const again = await run(['backup', file], place)
    assert.deepEqual([again.code, again.said.error.code], [5, 'file_exists'])
    const nowhere = await run(['backup', join(folder, 'no', 'such', 'folder')], place)
    assert.deepEqual([nowhere.code, nowhere.said.error.code], [1, 'file_unusable'])
    assert.deepEqual(readdirSync(folder), ['one.backup'])
  })
})

test('a backup can only be restored with its master key', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const server = await spawnServer(place)
  const person = await signedUp(clientAt(server.url))
  const file = join(newFolder(), 'one.backup')
  assert.equal((await sigil(['backup', file], { place })).code, 0)
  await server.stop()
  const dataDir = newFolder()
  const elsewhere = { databaseUrl: undefined, dataDir }
  const without = await sigilJson(['restore', file], { place: elsewhere })
  assert.deepEqual([without.code, without.said.error.code], [3, 'master_key'])
  copyFileSync(join(place.dataDir, 'master.key'), join(dataDir, 'master.key'))
  assert.equal((await sigil(['restore', file], { place: elsewhere })).code, 0)
  await signedIn(clientAt((await spawnServer(elsewhere)).url), person)
})

type Printed = Flash & { rows: Record<string, number>; key: string }

async function run(words: string[], place: Place): Promise<{ code: number | null; said: Printed }> {
  return (await sigilJson(words, { place, env })) as { code: number | null; said: Printed }
}

async function verifierKey(place: Place): Promise<string> {
  return (await run(['verifier', 'add', 'api'], place)).said.key
}

async function polled(client: Client, bearer: string) {
  const reply = await client.post('/api/v1/revocations/poll', { after: 0, ack: 0, wait_ms: 0 }, { bearer })
  return JSON.parse(reply.text) as { timeline: string; floor: number; now: number }
}
