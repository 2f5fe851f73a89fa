import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listLeaseholders } from '#src/revocations/lease/list-leaseholders.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { startServer } from '#test/support/server.ts'

const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run through npm test'

test(
  'the list shows a recent renewal for a running node and an old one for a silent node',
  { skip },
  async () => {
    const place = await freshDatabaseUrl('postgres')
    const { world, stop } = await startServer(place, { SIGIL_REVOCATION_LEASE: '500ms' })
    const now = world.clock.now()
    const silent = { id: 'silent', name: 'silent:1', acked: 0, beat: 0, leaseMs: 500 }
    await revocationNode(world).outside.port.register({ ...silent, registeredAt: now, beatenAt: now - 1000 })
    const ageOf = async (isSilent: boolean) => {
      const { leaseholders } = await listLeaseholders(world)
      return leaseholders.find(({ id }) => (id === 'silent') === isSilent)?.renewedMsAgo ?? assert.fail()
    }
    assert.ok((await ageOf(true)) >= 1000)
    let before = await ageOf(false)
    // Only a renewal makes it less.
    for (let after = await ageOf(false); after >= before; after = await ageOf(false)) before = after
    await stop()
  },
)
