import { randomBytes } from 'node:crypto'
import { systemClock } from '#src/platform/clock.ts'
import { RevokedIds } from '#src/revocations/log/revoked-ids.ts'
import { RevokedIds as SdkRevokedIds } from '../sdk/verify/src/revoked-ids.ts'

/** Prints the bytes of heap per entry. Arguments: `set|server|sdk` and the number of entries. */
const [, , which = 'set', entries = '0'] = process.argv
const count = Number(entries)
const held = which === 'sdk' ? new SdkRevokedIds(systemClock) : new RevokedIds(systemClock)
const ids = new Set<string>()
const before = heap()
for (let done = 0; done < count; done += 1000) {
  // As they arrive in reality: parsed from JSON, page by page.
  const page = JSON.parse(JSON.stringify(Array.from({ length: 1000 }, (_, at) => entryOf(done + at))))
  if (which === 'set') for (const { id } of page) ids.add(id)
  else held.add(page)
}
process.stdout.write(`${(heap() - before) / count}\n`)
if (held.size + ids.size !== count) throw new Error('Some entries are missing')

function entryOf(seq: number) {
  const id = randomBytes(16).toString('base64url')
  // The server calls it `id`; on the wire, and so in the SDK, it is `key`.
  return { seq, id, key: id, expiresAt: systemClock.now() + seq }
}

function heap(): number {
  for (let time = 0; time < 3; time++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
