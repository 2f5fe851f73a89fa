import assert from 'node:assert/strict'
import { test } from 'node:test'
import { singleFlight } from '#src/platform/single-flight.ts'

/** When all that follows from what was resolved has happened. */
const awaitPropagation = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** An act whose runs end when they are told to. */
function slowAct() {
  const runs: PromiseWithResolvers<number>[] = []
  const act = singleFlight(() => {
    const run = Promise.withResolvers<number>()
    runs.push(run)
    return run.promise
  })
  return { act, runs }
}

test('twenty who ask while it runs share one more run, that begins afterwards', async () => {
  const { act, runs } = slowAct()
  const first = act()
  const later = Array.from({ length: 20 }, () => act())
  assert.equal(runs.length, 1)
  runs[0]?.resolve(1)
  assert.equal(await first, 1)
  await awaitPropagation()
  assert.equal(runs.length, 2)
  runs[1]?.resolve(2)
  assert.deepEqual(new Set(await Promise.all(later)), new Set([2]))
})

test('who asks when nothing runs is not given what ran before', async () => {
  const { act, runs } = slowAct()
  const first = act()
  runs[0]?.resolve(1)
  await first
  const second = act()
  runs[1]?.resolve(2)
  assert.equal(await second, 2)
})

test('a run that fails is told to those who asked for it, and not to those of the next', async () => {
  const { act, runs } = slowAct()
  const first = act()
  const later = act()
  runs[0]?.reject(new Error('no'))
  await assert.rejects(first, /^Error: no$/)
  await awaitPropagation()
  runs[1]?.resolve(2)
  assert.equal(await later, 2)
})
