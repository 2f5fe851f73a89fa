import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chanceOf } from '../../../test/simulation/universe.ts'
import { VerifyError } from '../src/verify.ts'
import { runPending, SigilDouble } from './support/sigil-double.ts'

const minute = 60_000

/** A verifier that has polled since the wall clock was last set. */
async function polled(sigil: SigilDouble) {
  const verifier = sigil.verifier({ stale: 'deny' })
  await verifier.ready()
  await runPending()
  return verifier
}

/** Polls fail that the clock jumps over, and are repeated within a few seconds. */
async function sleepThrough(sigil: SigilDouble, ms: number): Promise<void> {
  await sigil.pass(ms, ms)
  await sigil.pass(5000, 250)
}

test('a revoked token stays rejected when the clock is set back after its entry was dropped', async () => {
  const sigil = new SigilDouble()
  const verifier = await polled(sigil)
  const token = sigil.mint()
  await verifier.verify(token)
  sigil.revoke('session')
  await sleepThrough(sigil, 70 * minute)
  assert.equal(verifier.state().entries, 0)
  sigil.clock.wallStep = -70 * minute
  await sigil.pass(1000)
  assert.equal(verifier.state().lease, 'held')
  await assert.rejects(verifier.verify(token), { code: 'expired' })
  sigil.clock.wallStep = 0
  await sigil.pass(1000)
  await (await polled(sigil)).verify(sigil.mint({ sid: 'another' }))
})

test('a token that expired by the moment up to which the server has dropped entries is expired', async () => {
  const sigil = new SigilDouble()
  const token = sigil.mint()
  const verifier = await polled(sigil)
  await verifier.verify(token)
  sigil.droppedUntil = sigil.clock.now() + 15 * minute
  await sigil.pass(600)
  await assert.rejects(verifier.verify(token), { code: 'expired' })
  assert.throws(() => verifier.verifySync(token), { code: 'expired' })
  await verifier.verify(sigil.mint({ exp: Math.floor(sigil.clock.now() / 1000) + 16 * 60 }))
  // The data was restored: its log has dropped nothing yet.
  Object.assign(sigil, { timeline: 'second', droppedUntil: 0 })
  await sigil.pass(1200)
  await verifier.verify(token)
})

type Minted = { readonly token: string; readonly session: string; readonly mintedAt: number }

/** Returns how many entries were dropped, and which tokens of ended sessions were accepted. */
async function history(seed: number): Promise<{ dropped: number; accepted: number; violations: string[] }> {
  const chance = chanceOf(seed)
  const between = (min: number, max: number) => min + Math.floor(chance() * (max - min))
  const sigil = new SigilDouble()
  const verifier = await polled(sigil)
  const minted: Minted[] = []
  const ended = new Set<string>()
  const outcome = { dropped: 0, accepted: 0, violations: [] as string[] }
  const judge = async () => {
    for (const { token, session } of minted) {
      const isAccepted = await verifier.verify(token).then(
        () => true,
        (error) => {
          if (error instanceof VerifyError) return false
          throw error
        },
      )
      if (isAccepted) outcome.accepted++
      if (isAccepted && ended.has(session)) outcome.violations.push(`seed ${seed}: ${session}`)
    }
  }
  const real = () => sigil.clock.now() - sigil.clock.wallStep
  for (let round = 0; round < 10; round++) {
    // A server whose clock is off does not mint, so tokens are dated by the right time.
    sigil.clock.wallStep = 0
    await sigil.pass(1000, 250)
    const session = `session ${round}`
    minted.push({ token: sigil.mint({ sid: session }), session, mintedAt: real() })
    await judge()
    const { session: one = '' } = minted[between(0, minted.length)] ?? {}
    if (!ended.has(one)) sigil.revoke(one)
    ended.add(one)
    const before = verifier.state().entries
    await sleepThrough(sigil, between(1, 9) * 15 * minute)
    outcome.dropped += Math.max(0, before - verifier.state().entries)
    const { mintedAt = real() } = minted[between(0, minted.length)] ?? {}
    sigil.clock.wallStep = mintedAt + between(0, 5) * minute - real()
    await sigil.pass(1000, 250)
    await judge()
  }
  verifier.close()
  return outcome
}

test('in random histories with a clock set back, no token of an ended session is accepted', async () => {
  const sum = { dropped: 0, accepted: 0 }
  for (let seed = 1; seed <= 6; seed++) {
    const { dropped, accepted, violations } = await history(seed)
    assert.deepEqual(violations, [])
    sum.dropped += dropped
    sum.accepted += accepted
  }
  // Otherwise the histories would prove nothing.
  assert.ok(sum.dropped > 6 && sum.accepted > 30, JSON.stringify(sum))
})
