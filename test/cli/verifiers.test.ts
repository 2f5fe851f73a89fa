import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { command, commandJson } from '#test/support/command.ts'
import { commandedServer } from '#test/support/commanded-server.ts'
import { onBothEngines } from '#test/support/engines.ts'

onBothEngines('verifier commands', ({ freshPlace }) => {
  test('a verifier key is shown once, works at once and stops working after removal', async () => {
    const place = await freshPlace()
    const { url } = await commandedServer(place)
    const added = await command(['verifier', 'add', 'api.example'], { place })
    assert.equal(added.code, 0, added.stderr)
    const [key = ''] = added.stdout.split('\n')
    assert.match(key, /^sgv_[\w-]{43}$/)
    assert.equal(await polled(url, key), 200)

    const listed = await command(['verifier', 'list'], { place })
    assert.match(listed.stdout, /api\.example/)
    assert.ok(!listed.stdout.includes('sgv_'))

    const removed = await commandJson(['verifier', 'remove', 'api.example'], { place })
    assert.deepEqual([removed.code, removed.said], [0, { name: 'api.example' }])
    // A server may cache an accepted key for one lease.
    let status = 200
    while (status === 200) status = await polled(url, key)
    assert.equal(status, 401)
    assert.match((await command(['verifier', 'list'], { place })).stdout, /There are no verifiers/)
  })

  test('a rotated key works next to the previous one, and the list shows when keys expire', async () => {
    const place = await freshPlace()
    const { url } = await commandedServer(place)
    const run = async (...words: string[]) => {
      const { code, said } = await commandJson(['verifier', ...words], { place })
      return { code, ...(said as unknown as { key: string; previous_until: string }) }
    }
    const first = await run('add', 'shop', '--expires', '90d')
    const second = await run('rotate', 'shop')
    assert.ok(Date.parse(second.previous_until) > Date.now())
    assert.deepEqual([await polled(url, first.key), await polled(url, second.key)], [200, 200])
    const third = await run('rotate', 'shop', '--overlap', '0s', '--expires', '30d')
    assert.equal(await polled(url, third.key), 200)
    const { stdout } = await command(['verifier', 'list'], { place })
    assert.match(stdout, /EXPIRES[\s\S]*shop +\S+ +20\d\d-/)
    assert.equal((await run('rotate', 'other')).code, 4)
    assert.equal((await run('add', 'late', '--expires', 'tomorrow')).code, 2)
  })

  test('a verifier name must be unique and valid, and must exist to be removed', async () => {
    const place = await freshPlace()
    assert.equal((await command(['verifier', 'add', 'api'], { place })).code, 0)
    const again = await commandJson(['verifier', 'add', 'api'], { place })
    assert.deepEqual([again.code, again.said.error.code], [5, 'verifier_exists'])
    for (const name of ['a b', '-x', '', 'x'.repeat(65), 'é']) {
      assert.equal((await commandJson(['verifier', 'add', name], { place })).code, 2, name)
    }
    const unknown = await commandJson(['verifier', 'remove', 'other'], { place })
    assert.deepEqual([unknown.code, unknown.said.error.code], [4, 'not_found'])
  })
})

async function polled(url: string, key: string): Promise<number> {
  const question = { after: 0, ack: 0, wait_ms: 0 }
  return (await clientAt(url).post('/api/v1/revocations/poll', question, { bearer: key })).status
}
