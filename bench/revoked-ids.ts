import { execFileSync } from 'node:child_process'
import type { Measured } from '#bench/measure.ts'
import type { Row } from '#bench/row.ts'

const count = 200_000

/** What an entry costs in the set that each node and each verifier keeps, beside the same keys in a `Set`. */
export function deadKeysRows(): Row[] {
  const limit = bytesPer('set')
  return (['server', 'sdk'] as const).map((which) => {
    const ours = bytesPer(which)
    const ratio = ours / limit
    const measured: Measured = { limit, ours, ratio, least: ratio, most: ratio }
    return {
      name: `A dead key, ${which === 'server' ? 'in a node' : 'in the SDK'}`,
      beside: 'the same keys in a `Set`',
      unit: 'bytes',
      measured,
      promised: undefined,
    }
  })
}

function bytesPer(which: 'set' | 'server' | 'sdk'): number {
  const program = new URL('./revoked-ids-held.ts', import.meta.url).pathname
  const said = execFileSync(process.execPath, ['--expose-gc', program, which, String(count)], {
    encoding: 'utf8',
  })
  return Number(said)
}
