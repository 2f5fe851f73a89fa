import { execFileSync } from 'node:child_process'
import type { Measured } from '#bench/measure.ts'
import type { Row } from '#bench/row.ts'

const count = 200_000

/**
 * The memory of an entry in the set of revoked ids of a node or verifier, compared with the same ids in a
 * `Set`.
 */
export function revokedIdsRows(): Row[] {
  const limit = bytesPer('set')
  return (['server', 'sdk'] as const).map((which) => {
    const ours = bytesPer(which)
    const ratio = ours / limit
    const measured: Measured = { limit, ours, ratio, min: ratio, max: ratio }
    return {
      name: `A revoked id, ${which === 'server' ? 'in a node' : 'in the SDK'}`,
      beside: 'the same ids in a `Set`',
      unit: 'bytes',
      measured,
      promised: undefined,
    }
  })
}

function bytesPer(which: 'set' | 'server' | 'sdk'): number {
  const program = new URL('./revoked-ids-held.ts', import.meta.url).pathname
  const output = execFileSync(process.execPath, ['--expose-gc', program, which, String(count)], {
    encoding: 'utf8',
  })
  return Number(output)
}
