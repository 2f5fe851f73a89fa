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
  /** Whether it is reached by https, so that its cookies are named and marked so. */
  readonly isSecure: boolean
}

type Kept = { readonly site: HostedSite; readonly readAt: Instant; readonly freshUntil: number }

/** Much shorter than the log keeps the entry that revokes a revision. */
const keptMs = 60_000

type KnownSites = {
  /** From memory alone; undefined if it has to be read. */
  known(host: string): HostedSite | undefined
  find(host: string): Promise<HostedSite | undefined>
}

/**
 * The sites that this server was asked about. A change revokes the revision, as it would a token, so that no
 * node applies the rules of before once the change was answered. Only registered hosts are kept, so memory is
 * bounded by them.
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

/** The site at a host of an app. Throws where no app has it. */
export async function siteAt(world: World, host: string): Promise<HostedSite> {
  const site = await knownSites(world).find(host)
  if (!site) throw new AppError('unknown_app_host')
  return site
}
