import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { command, commandJson } from '#test/support/command.ts'
import { freshDatabaseUrl, onBothEngines, type Place } from '#test/support/engines.ts'
import { arrived } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { envOf } from '#test/support/sigil.ts'

type Leaseholder = {
  id: string
  kind: string
  name: string
  lease_ms: number
  renewed_ms_ago: number | null
  acked: number
  lag: number
}
type Listed = { head: number; verifiers_known: boolean; leaseholders: Leaseholder[] }

async function listed(place: Place): Promise<Listed> {
  const { code, said } = await commandJson(['nodes'], { place })
  assert.equal(code, 0, JSON.stringify(said))
  return said as unknown as Listed
}

async function poll(url: string, key: string, more: object): Promise<{ holder: string; head: number }> {
  const question = { after: 0, ack: 0, wait_ms: 0, ...more }
  const { body } = await clientAt(url).post('/api/v1/revocations/poll', question, { bearer: key })
  return body as unknown as { holder: string; head: number }
}

const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run through npm test'

onBothEngines('sigil nodes', ({ freshPlace, dialect }) => {
  test('sigil nodes lists nothing if no server is running', async () => {
    const place = await freshPlace()
    assert.deepEqual(await listed(place), { head: 0, verifiers_known: false, leaseholders: [] })
    const { code, stdout } = await command(['nodes'], { place })
    assert.equal(code, 0)
    assert.match(stdout, /No server is running on this database\./)
  })

  test('sigil nodes lists the server and its verifiers with their lag', async () => {
    const place = await freshPlace()
    const env = { SIGIL_REVOCATION_LEASE: '30s' }
    const { url, pid } = await spawnServer(place, { ...envOf(place), ...env })
    const [key = ''] = (await command(['verifier', 'add', 'api.example'], { place })).stdout.split('\n')
    const { holder } = await poll(url, key, {})
    const client = clientAt(url)
    const { session } = await arrived(client)
    const reply = await client.post(
      '/api/v1/auth/logout_all',
      {},
      {
        bearer: session.access_token,
        headers: { prefer: 'respond-async' },
      },
    )
    assert.equal(reply.status, 202)

    const { head, verifiers_known, leaseholders } = await listed(place)
    assert.deepEqual([head, verifiers_known, leaseholders.length], [1, true, 2])
    const [node, verifier] = leaseholders
    assert.ok(node && verifier)
    assert.deepEqual([node.kind, node.name.split(':').at(-1)], ['node', String(pid)])
    // A node on SQLite has a lease for its verifiers only.
    assert.equal(node.lease_ms, 30_000)
    if (dialect === 'sqlite') assert.deepEqual([node.renewed_ms_ago, node.acked, node.lag], [null, 1, 0])
    else {
      assert.ok(node.renewed_ms_ago !== null && node.renewed_ms_ago >= 0 && node.renewed_ms_ago < 30_000)
      // A node acknowledges an entry only after its verifiers have.
      assert.deepEqual([node.acked, node.lag], [0, 1])
    }
    assert.deepEqual([verifier.id, verifier.kind, verifier.name], [holder, 'verifier', 'api.example'])
    assert.deepEqual([verifier.acked, verifier.lag], [0, 1])
    assert.ok(verifier.renewed_ms_ago !== null && verifier.renewed_ms_ago < 30_000)

    await poll(url, key, { holder, after: 1, ack: 1 })
    const later = await listed(place)
    assert.deepEqual(
      later.leaseholders.map(({ lag }) => lag),
      [0, 0],
    )
    const { stdout } = await command(['nodes'], { place })
    assert.match(stdout, /KIND +NAME +LEASE +RENEWED +ACKED +LAG +ID/)
    assert.match(stdout, new RegExp(`verifier +api\\.example +30 s +\\d+\\.\\d s ago +1 +0 +${holder}`))
    assert.match(stdout, /The revocation log ends at 1\./)
    assert.ok(!stdout.includes('sgv_'))
  })
})

test('sigil nodes reads other nodes straight from the database', { skip }, async () => {
  const place = await freshDatabaseUrl('postgres')
  const beside = await freshDatabaseUrl('sqlite')
  await spawnServer(place, envOf(place))
  const { verifiers_known, leaseholders } = await listed({ ...place, dataDir: beside.dataDir })
  assert.deepEqual([verifiers_known, leaseholders.length, leaseholders[0]?.lag], [false, 1, 0])
  assert.ok((leaseholders[0]?.renewed_ms_ago ?? Number.NaN) < 60_000)
})
