import assert from 'node:assert/strict'
import { test } from 'node:test'
import { singleFlight } from '#src/platform/single-flight.ts'

/** Lets every resolved promise take effect. */
const runPending = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** A function whose runs end when the test resolves them. */
function slowAct() {
  const runs: PromiseWithResolvers<number>[] = []
  const act = singleFlight(() => {
    const run = Promise.withResolvers<number>()
    runs.push(run)
    return run.promise
  })
  return { act, runs }
}

test('twenty calls during a run share one more run after it', async () => {
  const { act, runs } = slowAct()
  const first = act()
  const later = Array.from({ length: 20 }, () => act())
  assert.equal(runs.length, 1)
  runs[0]?.resolve(1)
  assert.equal(await first, 1)
  await runPending()
  assert.equal(runs.length, 2)
  runs[1]?.resolve(2)
  assert.deepEqual(new Set(await Promise.all(later)), new Set([2]))
})

test('a call after a run has ended starts a new one', async () => {
  const { act, runs } = slowAct()
  const first = act()
  runs[0]?.resolve(1)
  await first
  const second = act()
  runs[1]?.resolve(2)
  assert.equal(await second, 2)
})

test('a failed run rejects its own calls and not those of the next run', async () => {
  const { act, runs } = slowAct()
  const first = act()
  const later = act()
  runs[0]?.reject(new Error('failed'))
  await assert.rejects(first, /^Error: failed$/)
  await runPending()
  runs[1]?.resolve(2)
  assert.equal(await later, 2)
})
