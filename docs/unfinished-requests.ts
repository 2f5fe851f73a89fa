import { bodyLimits } from '#src/http/body-budget.ts'
import { waitingLimits } from '#src/server/waiting-connections.ts'

const mib = 2 ** 20
const { perNetwork, inAll, timeoutMs } = bodyLimits

/** The part of docs/reference/limits.md about what unfinished requests may hold in memory. */
export const unfinishedRequests: readonly string[] = [
  '',
  '## Unfinished requests',
  '',
  'Each node limits what unfinished requests keep in its memory, regardless of `SIGIL_RATE_LIMITS`:',
  '',
  '| What | From one IP address | In all | Beyond that |',
  '|---|---|---|---|',
  `| bodies that are being received, for ${timeoutMs / 1000} seconds each | ${perNetwork.bodies} | ${inAll.bodies} | ` +
    '`429 too_many_bodies`; in all `503 unavailable` |',
  `| bytes of these bodies | ${perNetwork.bytes / mib} MiB | ${inAll.bytes / mib} MiB | the same |`,
  '| connections without a request yet, or with the rest of a body that was answered already | ' +
    `${waitingLimits.perNetwork} | ${waitingLimits.inAll} | the one that has waited longest is closed |`,
  '',
  'For connections, the IP address is that of the other end: a proxy counts as one address.',
]
