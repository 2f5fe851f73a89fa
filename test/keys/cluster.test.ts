import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revokeKey } from '#src/administration/revoke-key.ts'
import { rotateKey } from '#src/administration/rotate-key.ts'
import { byCli } from '#src/audit/by.ts'
import { kidOf } from '#test/keys/rotating-world.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { isAccepted, refresh, signedIn, signedUp } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { masterKey } from '#test/support/sigil.ts'

const env = { SIGIL_PUBLIC_URL: 'http://localhost:8000', SIGIL_MASTER_KEY: masterKey }
const rotation = { purpose: 'sign', by: byCli } as const

async function kidsAt(url: string): Promise<string[]> {
  const { text } = await clientAt(url).get('/.well-known/jwks.json')
  const { keys } = JSON.parse(text) as { keys: { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

onBothEngines('keys in a cluster', (engine) => {
  test('a key revoked on one node is revoked on the other, and its successor is known', async () => {
    const place = await engine.freshPlace()
    const one = await startServer(place, env)
    const other = engine.dialect === 'sqlite' ? one : await startServer(place, env)
    const [here, there] = [clientAt(one.url), clientAt(other.url)]
    const person = await signedUp(here)
    for (let round = 0; round < 10; round++) {
      const session = await signedIn(there, person)
      assert.equal(await isAccepted(there, session.access_token), true)
      const { propagated } = await revokeKey(one.world, { id: kidOf(session.access_token), by: byCli })
      assert.equal((await propagated).everywhere, true)
      // From now on nothing waits.
      assert.equal(await isAccepted(there, session.access_token), false)
      const [fromHere, fromThere] = [await signedIn(here, person), await signedIn(there, person)]
      assert.equal(kidOf(fromThere.access_token), kidOf(fromHere.access_token))
      assert.equal(await isAccepted(there, fromHere.access_token), true)
      assert.equal(await isAccepted(here, fromThere.access_token), true)
      assert.equal((await refresh(there, session.refresh_token)).status, 200)
    }
  })

  test('a key rotated on one node is soon published by the other', async () => {
    const place = await engine.freshPlace()
    const one = await startServer(place, env)
    const other = engine.dialect === 'sqlite' ? one : await startServer(place, env)
    const { key } = await rotateKey(one.world, rotation)
    let kids: string[]
    do kids = await kidsAt(other.url)
    while (!kids.includes(key.id))
    assert.equal((await kidsAt(one.url)).length, 2)
    const person = await signedUp(clientAt(other.url))
    // It is published but not used yet: verifiers may still have the previous list.
    assert.notEqual(kidOf((await signedIn(clientAt(other.url), person)).access_token), key.id)
  })
})

onBothEngines('keys after a restart', (engine) => {
  test('after a restart a rotation continues and a revoked key stays revoked', async () => {
    const place = await engine.freshPlace()
    const first = await startServer(place, env)
    const person = await signedUp(clientAt(first.url))
    const { key: waiting } = await rotateKey(first.world, rotation)
    const kept = await signedIn(clientAt(first.url), person)
    await first.stop()

    const second = await startServer(place, env)
    const client = clientAt(second.url)
    assert.deepEqual(await kidsAt(second.url), [kidOf(kept.access_token), waiting.id])
    assert.equal((await rotateKey(second.world, rotation)).kind, 'under_way')
    assert.equal(await isAccepted(client, kept.access_token), true)
    await (await revokeKey(second.world, { id: kidOf(kept.access_token), by: byCli })).propagated
    await second.stop()

    const third = await startServer(place, env)
    const again = clientAt(third.url)
    assert.equal(await isAccepted(again, kept.access_token), false)
    const next = await refresh(again, kept.refresh_token)
    assert.equal(await isAccepted(again, next.body.access_token), true)
    assert.ok(![kidOf(kept.access_token), waiting.id].includes(kidOf(next.body.access_token)))
  })
})
