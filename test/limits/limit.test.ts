import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  afterOneMore,
  delayMs,
  headersOf,
  maxDelayMs,
  type Policy,
  retryInMs,
  usedOf,
} from '#src/limits/limit.ts'

const policy: Policy = { name: 'few', quota: 3, windowMs: 60_000, keptIn: 'database' }

test('a full bucket allows its quota at once and then nothing', () => {
  const first = afterOneMore(policy, undefined, 1000)
  const second = afterOneMore(policy, first, 1000)
  const third = afterOneMore(policy, second, 1000)
  assert.deepEqual([first, second, third], [21_000, 41_000, 61_000])
  assert.equal(afterOneMore(policy, third, 1000), undefined)
})

test('an empty bucket allows an attempt exactly at the reported time', () => {
  const again = 1000 + retryInMs(policy, 61_000, 1000)
  assert.equal(again, 21_000)
  assert.equal(afterOneMore(policy, 61_000, again - 1), undefined)
  assert.equal(afterOneMore(policy, 61_000, again), 81_000)
})

test('a bucket written by a clock that was then set back locks no one out', () => {
  assert.equal(afterOneMore(policy, 10_000_000, 1000), 21_000)
  assert.equal(afterOneMore(policy, 121_000, 1000), undefined)
})

test('the first guesses are not delayed, later ones more and more, up to a maximum', () => {
  const delays = [1, 5, 6, 7, 8, 9, 10, 11, 12, 1000].map(delayMs)
  assert.deepEqual(delays, [0, 0, 125, 250, 500, 1000, 2000, maxDelayMs, maxDelayMs, maxDelayMs])
})

test('the headers contain the policy, what is left of it and when there is more', () => {
  assert.deepEqual(headersOf(policy, { kind: 'counted', fullInMs: 20_500 }), {
    'ratelimit-policy': '"few";q=3;w=60',
    ratelimit: '"few";r=1;t=21',
  })
  assert.deepEqual(headersOf(policy, { kind: 'rejected', retryInMs: 1001, isNews: true }), {
    'ratelimit-policy': '"few";q=3;w=60',
    ratelimit: '"few";r=0;t=2',
    'retry-after': '2',
  })
  assert.equal(usedOf(policy, 0), 0)
})
