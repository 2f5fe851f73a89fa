import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awaitPropagation, SigilDouble } from './support/sigil-double.ts'

const minute = 60_000

async function held(sigil: SigilDouble, options = {}) {
  const verifier = sigil.verifier(options)
  await verifier.ready()
  await awaitPropagation()
  return verifier
}

test('a second revocation revives nothing', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  const tokens = ['first', 'second', 'third'].map((jti) => sigil.mint({}, { jti }))
  for (const key of ['first', 'second']) {
    sigil.revoke(key)
    await awaitPropagation()
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

test('takes up the holder that a restarted server gives it, and loses no lease', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  const { holder } = verifier.state()
  sigil.forgetHolders()
  await sigil.pass(800)
  assert.notEqual(verifier.state().holder, holder)
  assert.equal(sigil.polls.at(-1)?.holder, verifier.state().holder)
  assert.equal(verifier.state().lease, 'held')
})

test('another timeline: a fresh set and its floor, and nothing is judged till then', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil, { stale: 'deny' })
  const before = sigil.mint({ sid: 'before' })
  sigil.revoke('signature')
  await awaitPropagation()
  await sigil.pass(2000)
  // The data was brought back to before that revocation: its token lives again, what is older than the floor
  // does not.
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
  await awaitPropagation()
  assert.equal(verifier.state().timeline, 'second')
  assert.equal((await verifier.verify(after)).userId, 'user')
  await assert.rejects(verifier.verify(before), { code: 'revoked' })
  await assert.rejects(verifier.verify(sigil.mint({}, { jti: 'other' })), { code: 'revoked' })
})

test('drops entries once they expired and the clocks were steady for an hour', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  sigil.revoke('signature')
  await awaitPropagation()
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

test('a key that is entered twice is kept for the longer of both', async () => {
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

test('a log that stays behind is read anew, without letting go of what is dead', async () => {
  const sigil = new SigilDouble()
  const verifier = await held(sigil)
  sigil.revoke('one', 'two', 'three')
  await awaitPropagation()
  const lost = sigil.entries.splice(1)
  // For less than a lease it is another node that has not read so far yet: nothing changes.
  await sigil.pass(1000)
  assert.equal(sigil.polls.at(-1)?.after, 3)
  await sigil.pass(2000)
  assert.equal(sigil.polls.at(-1)?.after, 1)
  assert.equal(verifier.state().lease, 'held')
  for (const jti of ['one', ...lost.map(({ key }) => key)]) {
    await assert.rejects(verifier.verify(sigil.mint({}, { jti })), { code: 'revoked' })
  }
  sigil.revoke('four')
  await awaitPropagation()
  await assert.rejects(verifier.verify(sigil.mint({}, { jti: 'four' })), { code: 'revoked' })
})
