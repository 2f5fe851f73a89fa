import { randomBytes } from 'node:crypto'
import { systemClock } from '#src/platform/clock.ts'
import { RevokedIds } from '#src/revocations/log/revoked-ids.ts'
import { RevokedIds as SdkDeadKeys } from '../sdk/verify/src/revoked-ids.ts'

/** Prints how many bytes of the heap each of so many entries holds: `set|server|sdk`, and how many. */
const [, , which = 'set', many = '0'] = process.argv
const held = which === 'sdk' ? new SdkDeadKeys(systemClock) : new RevokedIds(systemClock)
const keys = new Set<string>()
const before = heap()
for (let done = 0; done < Number(many); done += 1000) {
  // As they arrive: read out of JSON, a page at a time.
  const page = JSON.parse(JSON.stringify(Array.from({ length: 1000 }, (_, at) => entryOf(done + at))))
  if (which === 'set') for (const { key } of page) keys.add(key)
  else held.add(page)
}
process.stdout.write(`${(heap() - before) / Number(many)}\n`)
if (held.size + keys.size !== Number(many)) throw new Error('Some are missing')

function entryOf(seq: number) {
  return { seq, key: randomBytes(16).toString('base64url'), expiresAt: systemClock.now() + seq }
}

function heap(): number {
  for (let time = 0; time < 3; time++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
