import { AppError } from '#src/errors/errors.ts'
import { type HostedSite, siteAt } from '#src/forward-auth/known-sites.ts'
import { hostAskedFor } from '#src/forward-auth/question.ts'
import type { Call } from '#src/http/call.ts'
import { inCidrs } from '#src/platform/addresses.ts'
import { perWorld, type World } from '#src/world/world.ts'

/**
 * The site whose proxy makes a call. Anyone can send a header, so a host is accepted only from a trusted
 * proxy, and only if it belongs to an app.
 */
export async function askedSite(world: World, { peer, header }: Call): Promise<HostedSite> {
  const host = hostAskedFor(header)
  const isTrusted = inCidrs(peer, world.settings.trustedProxies)
  try {
    if (!isTrusted || host === undefined) throw new AppError('unknown_app_host')
    return await siteAt(world, host)
  } catch (error) {
    if (error instanceof AppError && error.code === 'unknown_app_host')
      notice(world)({ peer, host, isTrusted })
    throw error
  }
}

const logEveryMs = 60_000

/** A configuration error. Without this line the operator might see only a generic error of the proxy. */
const notice = perWorld(({ clock, log }) => {
  let loggedAt = Number.NEGATIVE_INFINITY
  return ({ peer, host, isTrusted }: { peer: string; host: string | undefined; isTrusted: boolean }) => {
    if (clock.monotonic() - loggedAt < logEveryMs) return
    loggedAt = clock.monotonic()
    const fix = isTrusted ? 'Register it with an app' : 'Add the peer to SIGIL_TRUSTED_PROXIES'
    log.warn({ peer, host }, `Forward-auth rejected a host. ${fix}`)
  }
})
