import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { command, commandJson } from '#test/support/command.ts'
import { commandedServer } from '#test/support/commanded-server.ts'
import { onBothEngines, type Place } from '#test/support/engines.ts'
import { arrived, isAccepted, refresh } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { envOf, sigil, sigilJson } from '#test/support/sigil.ts'

type ListedKey = { id: string; purpose: string; state: string; used_from: string }

async function keysOf(place: Place): Promise<ListedKey[]> {
  const { said } = await commandJson(['key', 'list'], { place })
  return (said as unknown as { keys: ListedKey[] }).keys
}

onBothEngines('key commands with a running server', ({ freshPlace }) => {
  test('key commands rotate, list and revoke the keys of a running server', async () => {
    const place = await freshPlace()
    const { url } = await commandedServer(place)
    const client = clientAt(url)
    const { session } = await arrived(client)
    assert.equal((await command(['key', 'rotate'], { place })).code, 0)
    const again = await commandJson(['key', 'rotate'], { place })
    assert.deepEqual([again.code, again.said.error.code], [5, 'rotation_under_way'])
    assert.equal((await command(['key', 'rotate', '--mac'], { place })).code, 0)
    const keys = await keysOf(place)
    const shown = keys.map(({ purpose, state }) => `${purpose} ${state}`).sort()
    assert.deepEqual(shown, ['mac in_use', 'mac published', 'signing in_use', 'signing published'])
    const list = await command(['key', 'list'], { place })
    assert.match(list.stdout, /signing +published +\d{4}-/)

    const signing = keys.find(({ purpose, state }) => purpose === 'signing' && state === 'in_use')?.id ?? ''
    assert.equal(await isAccepted(client, session.access_token), true)
    const { code, said } = await commandJson(['key', 'revoke', signing], { place })
    assert.deepEqual([code, said.already, said.everywhere], [0, false, true])
    assert.equal(await isAccepted(client, session.access_token), false)
    assert.equal((await refresh(client, session.refresh_token)).status, 200)
    const repeat = await commandJson(['key', 'revoke', signing], { place })
    assert.deepEqual([repeat.code, repeat.said.already, repeat.said.everywhere], [0, true, true])
    const unknown = await commandJson(['key', 'revoke', 'nobody'], { place })
    assert.deepEqual([unknown.code, unknown.said.error.code], [4, 'not_found'])
  })
})

onBothEngines('sigil key reseal', ({ freshPlace }) => {
  test('after key reseal only servers with the new master key start', async () => {
    const place = await freshPlace()
    const server = await spawnServer(place, envOf(place))
    const next = createHash('sha256').update('the next').digest('base64url')
    const reseal = (input: string) => sigilJson(['key', 'reseal', '--new-master-key-stdin'], { place, input })
    const wrong = await reseal('short')
    assert.deepEqual([wrong.code, wrong.said.error.code], [2, 'usage'])
    assert.equal((await reseal(`${next}\n`)).code, 0)
    const same = await reseal(next)
    assert.deepEqual([same.code, same.said.error.code], [5, 'same_master_key'])
    // The running server has already opened its keys and is not affected.
    const { session } = await arrived(clientAt(server.url))
    assert.equal(await server.stop(), 0)

    const former = await sigil(['user', 'list'], { place })
    assert.equal(former.code, 3)
    assert.match(former.stderr, /does not open the keys/)
    const file = join(place.dataDir, 'master.key')
    const isEmbedded = existsSync(file)
    assert.equal(isEmbedded, place.databaseUrl === undefined)
    if (isEmbedded) writeFileSync(file, `${next}\n`)
    const env = isEmbedded ? {} : { SIGIL_MASTER_KEY: next }
    const { url } = await spawnServer(place, { ...envOf(place), ...env })
    assert.equal((await refresh(clientAt(url), session.refresh_token)).status, 200)
  })
})
