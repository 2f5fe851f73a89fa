import { originOf } from '#src/apps/proxy-site.ts'
import { type StoredSite, siteByHost } from '#src/apps/proxy-sites.sql.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Instant } from '#src/platform/clock.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { perWorld, type World } from '#src/world/world.ts'

/** The site of an app at one of its hosts. */
export type HostedSite = StoredSite & {
  readonly host: string
  readonly origin: string
  /** Whether it is reached by https, which decides the names and attributes of its cookies. */
  readonly isSecure: boolean
}

type Kept = { readonly site: HostedSite; readonly readAt: Instant; readonly freshUntil: number }

/** Much shorter than the retention of the log entry that revokes a revision. */
const keptMs = 60_000

type KnownSites = {
  /** From memory only; undefined if it has to be read. */
  known(host: string): HostedSite | undefined
  find(host: string): Promise<HostedSite | undefined>
}

/**
 * The cache of sites. A change revokes the revision, as for a token, so that no node applies the previous
 * rules once the change is confirmed. Only registered hosts are cached, which bounds memory.
 */
export const knownSites = perWorld((world: World): KnownSites => {
  const { clock, db, settings } = world
  const node = revocationNode(world)
  const kept = new Map<string, Kept>()
  const known = (host: string): HostedSite | undefined => {
    const found = kept.get(host)
    if (!found || clock.monotonic() > found.freshUntil) return undefined
    if (node.log.isRevoked([found.site.revision], found.readAt) || !node.mayJudge()) return undefined
    return found.site
  }
  const find = async (host: string) => {
    await node.ensureLease()
    const remembered = known(host)
    if (remembered) return remembered
    const [readAt, freshUntil] = [clock.now(), clock.monotonic() + keptMs]
    const stored = await siteByHost(db.query, host)
    if (!stored) {
      kept.delete(host)
      return undefined
    }
    const origin = originOf(host, settings.publicUrl)
    const site: HostedSite = { ...stored, host, origin, isSecure: origin.startsWith('https:') }
    kept.set(host, { site, readAt, freshUntil })
    return site
  }
  return { known, find }
})

/** The site at a host of an app. Throws if no app has it. */
export async function siteAt(world: World, host: string): Promise<HostedSite> {
  const site = await knownSites(world).find(host)
  if (!site) throw new AppError('unknown_app_host')
  return site
}
