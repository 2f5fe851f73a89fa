import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { lowerWorkerPriority } from '#src/platform/thread-priority.ts'

const skip = process.platform === 'linux' ? false : 'Only Linux has a priority for each thread.'

test('hashing threads have a lower priority than the main thread', { skip }, async () => {
  const before = getPriority(process.pid)
  const hashing = hash('plum tarot window 42')
  lowerWorkerPriority()
  await hashing
  const workers = readdirSync('/proc/self/task').filter(
    (id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() === 'libuv-worker',
  )
  assert.ok(workers.length > 0)
  for (const id of workers) assert.equal(getPriority(Number(id)), Math.min(19, before + 10))
  assert.equal(getPriority(process.pid), before)
})
