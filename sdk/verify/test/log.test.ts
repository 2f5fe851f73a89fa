import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPending, SigilDouble } from './support/sigil-double.ts'

const minute = 60_000

async function held(sigil: SigilDouble, options = {}) {
  const verifier = sigil.verifier(options)
  await verifier.ready()
  await runPending()
  return verifier
}

test('a second revocation does not revive the tokens of the first', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  const tokens = ['first', 'second', 'third'].map((jti) => sigil.mint({}, { jti }))
  for (const key of ['first', 'second']) {
    sigil.revoke(key)
    await runPending()
  }
  const codes = await Promise.all(
    tokens.map((token) =>
      verifier.verify(token).then(
        () => 'good',
        ({ code }) => code,
      ),
    ),
  )
  assert.deepEqual(codes, ['revoked', 'revoked', 'good'])
})

test('a verifier adopts the new id from a restarted server and keeps its lease', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  const { holder } = verifier.state()
  sigil.forgetHolders()
  await sigil.pass(800)
  assert.notEqual(verifier.state().holder, holder)
  assert.equal(sigil.polls.at(-1)?.holder, verifier.state().holder)
  assert.equal(verifier.state().lease, 'held')
})

test('with a new timeline nothing is judged until its revoked ids and notBefore have arrived', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil, { stale: 'deny' })
  const before = sigil.mint({ sid: 'before' })
  sigil.revoke('signature')
  await runPending()
  await sigil.pass(2000)
  // The data was restored to before that revocation: its token is valid again unless it is older than
  // notBefore.
  Object.assign(sigil, { timeline: 'second', entries: [], floor: sigil.clock.now() - 500 })
  sigil.revoke('other')
  sigil.forgetHolders()
  let snapshot = () => {}
  const waits = new Promise<void>((resolve) => {
    snapshot = resolve
  })
  sigil.error = async (path) => {
    if (path.endsWith('/poll') && sigil.polls.at(-1)?.after === 1) await waits
    return undefined
  }
  await sigil.pass(600)
  const after = sigil.mint()
  assert.equal(verifier.state().lease, 'lapsed')
  await assert.rejects(verifier.verify(sigil.mint({}, { jti: 'untouched' })), { code: 'unavailable' })
  snapshot()
  await runPending()
  assert.equal(verifier.state().timeline, 'second')
  assert.equal((await verifier.verify(after)).userId, 'user')
  await assert.rejects(verifier.verify(before), { code: 'revoked' })
  await assert.rejects(verifier.verify(sigil.mint({}, { jti: 'other' })), { code: 'revoked' })
})

test('entries are dropped once they have expired and the clocks were steady for an hour', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  sigil.revoke('signature')
  await runPending()
  const later = async (ms: number) => {
    sigil.clock.forward(ms)
    await sigil.pass(1000, 500)
  }
  await later(59 * minute)
  sigil.clock.wallStep = 10 * minute
  await sigil.pass(1000)
  await later(30 * minute)
  assert.equal(verifier.state().entries, 1)
  await later(31 * minute)
  assert.equal(verifier.state().entries, 0)
})

test('an id that is revoked twice is kept for the longer of both periods', async () => {
  for (const order of [
    [10, 90],
    [90, 10],
  ]) {
    const sigil = new SigilDouble()
    const verifier = await held(sigil)
    const start = sigil.clock.now()
    for (const minutes of order) {
      sigil.entries.push({
        seq: sigil.entries.length + 1,
        key: 'twice',
        expires_at: start + minutes * minute,
      })
    }
    await sigil.pass(600)
    sigil.clock.forward(70 * minute)
    await sigil.pass(1000)
    await assert.rejects(verifier.verify(sigil.mint({}, { jti: 'twice' })), { code: 'revoked' })
    assert.equal(verifier.state().entries, 1)
  }
})

test('a log that stays behind is read from the start, without dropping revoked ids', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  sigil.revoke('one', 'two', 'three')
  await runPending()
  const lost = sigil.entries.splice(1)
  // For less than a lease, it may be another node that is behind: nothing changes.
  await sigil.pass(1000)
  assert.equal(sigil.polls.at(-1)?.after, 3)
  await sigil.pass(2000)
  assert.equal(sigil.polls.at(-1)?.after, 1)
  assert.equal(verifier.state().lease, 'held')
  for (const jti of ['one', ...lost.map(({ key }) => key)]) {
    await assert.rejects(verifier.verify(sigil.mint({}, { jti })), { code: 'revoked' })
  }
  sigil.revoke('four')
  await runPending()
  await assert.rejects(verifier.verify(sigil.mint({}, { jti: 'four' })), { code: 'revoked' })
})
