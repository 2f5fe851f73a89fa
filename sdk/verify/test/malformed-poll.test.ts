import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runPending, SigilDouble } from './support/sigil-double.ts'

test('a malformed response to a poll is a failure and grants no lease', async () => {
  const log = { timeline: 't', floor: 0, dropped_until: 0, head: 1, entries: [] }
  const whole = { holder: 'h', ...log, lease_ms: 2000, now: 0 }
  const entry = { seq: 1, key: 'k', expires_at: 1 }
  const bodies = [
    null,
    [],
    {},
    { ...whole, holder: 1 },
    { ...whole, lease_ms: '2000' },
    { ...whole, lease_ms: -1 },
    { ...whole, head: 1.5 },
    { ...whole, dropped_until: '0' },
    { ...whole, entries: {} },
    { ...whole, entries: [null] },
    { ...whole, entries: [{ ...entry, key: 1 }] },
    { ...whole, entries: [entry, { ...entry, expires_at: null }] },
  ]
  for (const body of bodies) {
    const sigil = new SigilDouble()
    const verifier = sigil.verifier()
    sigil.error = async (path) =>
      path.endsWith('/poll') ? { status: 200, json: async () => body } : undefined
    await assert.rejects(verifier.verify(''), { code: 'missing' })
    await runPending()
    assert.deepEqual([verifier.state().lease, verifier.state().failures], ['lapsed', 1], JSON.stringify(body))
    verifier.close()
  }
})
