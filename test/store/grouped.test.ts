import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommitUnknown } from '#src/store/db.ts'
import { grouped } from '#src/store/grouped.ts'

const postgres = { dialect: 'postgres' } as const

/** Calls that are decided by their first letter; notes which of them shared a group. */
function noting(together?: (calls: readonly string[]) => Promise<ReadonlyMap<string, string>>) {
  const groups: string[][] = []
  const call = grouped<string, string>(postgres, {
    keyOf: (call) => call,
    async together(calls) {
      groups.push([...calls])
      return together ? together(calls) : new Map(calls.map((call) => [call, `${call} in a group`]))
    },
    async alone(call) {
      groups.push([call])
      if (call.startsWith('bad')) throw new Error(`${call} is wrong`)
      return `${call} alone`
    },
  })
  return { call, groups }
}

test('concurrent calls share groups of equal size, and each gets its own outcome', async () => {
  const { call, groups } = noting()
  const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map(call))
  assert.deepEqual(groups, [
    ['a', 'b'],
    ['c', 'd'],
  ])
  assert.deepEqual(
    outcomes,
    ['a', 'b', 'c', 'd'].map((name) => `${name} in a group`),
  )
})

test('a single call is decided without a group', async () => {
  const { call, groups } = noting()
  assert.equal(await call('a'), 'a alone')
  assert.deepEqual(groups, [['a']])
})

test('calls with the same key never share a group', async () => {
  const { call, groups } = noting()
  await Promise.all(['a', 'a', 'a', 'b', 'c'].map(call))
  for (const group of groups) assert.equal(new Set(group).size, group.length, String(group))
  assert.equal(groups.flat().length, 5)
})

test('a call that its group leaves out is decided alone', async () => {
  const { call } = noting(async (calls) => new Map(calls.slice(1).map((call) => [call, 'decided'])))
  const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map(call))
  assert.deepEqual(outcomes, ['a alone', 'decided', 'c alone', 'decided'])
})

test('where a group fails, its calls are decided alone, and each gets its own error', async () => {
  const { call } = noting(() => Promise.reject(new Error('One of them is wrong')))
  const outcomes = await Promise.allSettled(['a', 'bad', 'c', 'd'].map(call))
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message)),
    ['a alone', 'bad is wrong', 'c alone', 'd alone'],
  )
})

test('where the commit of a group is unknown, every call fails and none is repeated', async () => {
  const { call, groups } = noting(() => Promise.reject(new CommitUnknown('no answer')))
  const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map(call))
  for (const outcome of outcomes) assert.ok(outcome.status === 'rejected')
  assert.deepEqual(groups.flat(), ['a', 'b', 'c', 'd'])
})

test('no call is answered before its group has ended', async () => {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const { call } = noting(async (calls) => {
    await ended
    return new Map(calls.map((call) => [call, 'decided']))
  })
  let answered = 0
  const calls = ['a', 'b', 'c', 'd'].map((name) => call(name).then(() => answered++))
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  assert.equal(answered, 0)
  end()
  await Promise.all(calls)
  assert.equal(answered, 4)
})

test('a group that waits for a lock does not hold up the calls after it', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const { call } = noting(async (calls) => {
    if (calls.includes('a') || calls.includes('c')) await released
    return new Map(calls.map((call) => [call, 'decided']))
  })
  let areHeld = true
  const held = Promise.all(['a', 'b', 'c', 'd'].map(call)).finally(() => {
    areHeld = false
  })
  await Promise.all(['e', 'f'].map(call))
  assert.ok(areHeld)
  release()
  await held
})
