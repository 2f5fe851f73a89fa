import { inCidrs, parseCidrs } from '#src/platform/addresses.ts'
import { perWorld } from '#src/world/world.ts'

/**
 * The last peer that is no trusted proxy and yet spoke for somebody else. From nearby it is most likely a
 * proxy that somebody forgot to name; from the Internet anybody can write such a header.
 */
export type Forwarded = { near: string | undefined; far: string | undefined }

const ranges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '::1', 'fc00::/7']

export const forwardedBy = perWorld(({ log }) => {
  const seen: Forwarded = { near: undefined, far: undefined }
  const parsed = parseCidrs(ranges)
  return {
    seen: seen as Readonly<Forwarded>,
    notice(peer: string): void {
      const isNear = parsed.kind === 'ok' && inCidrs(peer, parsed.cidrs)
      if (isNear && seen.near === undefined) {
        log.warn(
          { peer },
          'A proxy that is not in SIGIL_TRUSTED_PROXIES forwards calls: all seem to come from it',
        )
      }
      seen[isNear ? 'near' : 'far'] = peer
    },
  }
})
