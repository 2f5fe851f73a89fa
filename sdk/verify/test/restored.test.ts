import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { byCli } from '../../../src/audit/by.ts'
import { backUp } from '../../../src/backup/back-up.ts'
import { env, newFolder } from '../../../test/backup/lived-in.ts'
import { clientAt } from '../../../test/support/client.ts'
import { onBothEngines } from '../../../test/support/engines.ts'
import { arrived, logOut, signedIn } from '../../../test/support/people.ts'
import { startServer } from '../../../test/support/server.ts'
import { sigil } from '../../../test/support/sigil.ts'
import type { Verifier } from '../src/verify.ts'
import { attached, verdictOf } from './support/attached.ts'
import { leaseSignal } from './support/lease-signal.ts'

onBothEngines('verifiers of a server restored from a backup', (engine) => {
  test('after a restore a verifier rejects every token issued before it', async () => {
    const place = await engine.freshPlace()
    const first = await startServer(place, env)
    let { url } = first
    const fetchNow: typeof fetch = (asked, init) => fetch(String(asked).replace(first.url, url), init)
    const lease = leaseSignal()
    const denying = await attached(first, { stale: 'deny', onState: lease.onState, fetch: fetchNow })
    const asking = await attached(first, { stale: 'ask', fetch: fetchNow })
    const { timeline } = denying.state()
    const kept = await arrived(clientAt(url))
    const out = await arrived(clientAt(url))
    const file = join(newFolder(), 'one')
    await backUp(first.world, { file, release: '0.1.0', by: byCli })
    const late = await signedIn(clientAt(url), kept.person)
    const old = [kept.session, out.session, late].map(({ access_token }) => access_token)
    const verdicts = () =>
      Promise.all([denying, asking].flatMap((one) => old.map((token) => verdictWithLease(one, token))))
    await logOut(clientAt(url), out.session.access_token)
    assert.deepEqual(await verdicts(), ['good', 'revoked', 'good', 'good', 'revoked', 'good'])

    const lapsed = lease.next('lapsed')
    await first.stop()
    await lapsed
    const held = lease.next('held')
    // The backup contains neither that logout nor the session that began after it was made.
    assert.equal((await sigil(['restore', file, '--replace'], { place, env })).code, 0)
    const second = await startServer(place, env)
    url = second.url
    await held
    assert.notEqual(denying.state().timeline, timeline)
    assert.deepEqual(await verdicts(), Array(6).fill('revoked'))
    const { access_token: fresh } = await signedIn(clientAt(url), kept.person)
    assert.equal(await verdictWithLease(denying, fresh), 'good')
    assert.equal(await verdictWithLease(asking, fresh), 'good')
    await logOut(clientAt(url), fresh)
    assert.equal(await verdictWithLease(denying, fresh), 'revoked')
  })
})

/** On a busy machine the lease may lapse between two polls; the verifier then answers after the next one. */
async function verdictWithLease(verifier: Verifier, token: string): Promise<string> {
  for (;;) {
    const verdict = await verdictOf(verifier, token)
    if (verdict !== 'unavailable') return verdict
    await new Promise(setImmediate)
  }
}
