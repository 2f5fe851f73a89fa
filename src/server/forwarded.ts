import { inCidrs, parseCidrs } from '#src/platform/addresses.ts'
import { perWorld } from '#src/world/world.ts'

/**
 * The last peers that forwarded a request without being a trusted proxy. A peer in a private network is
 * probably a proxy missing from the settings; on the Internet, anyone can send such a header.
 */
export type Forwarded = { near: string | undefined; far: string | undefined }

const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '::1', 'fc00::/7']

export const forwardedBy = perWorld(({ log }) => {
  const seen: Forwarded = { near: undefined, far: undefined }
  const parsed = parseCidrs(privateRanges)
  return {
    seen: seen as Readonly<Forwarded>,
    notice(peer: string): void {
      const isNear = parsed.kind === 'ok' && inCidrs(peer, parsed.cidrs)
      if (isNear && seen.near === undefined) {
        log.warn(
          { peer },
          'A proxy missing from SIGIL_TRUSTED_PROXIES forwards requests, so all appear to come from it',
        )
      }
      seen[isNear ? 'near' : 'far'] = peer
    },
  }
})
