import type { App } from '#src/apps/app.ts'
import { hostIn, type ProxySite } from '#src/apps/proxy-site.ts'
import { putSite, siteById } from '#src/apps/proxy-sites.sql.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import type { Revoked } from '#src/revocations/log/revocation.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** The same site with each host in the form that browsers send. */
export function canonicalSite({ settings }: World, site: ProxySite): ProxySite {
  const hosts = site.hosts.map((host) => hostIn(host, settings.publicUrl))
  const known = hosts.filter((host) => host !== undefined)
  if (known.length < hosts.length) throw badHosts('bad_host')
  return { ...site, hosts: known }
}

/**
 * A step: writes the site of an app with a new revision. Throws if another app has one of the hosts, which
 * rolls the transaction back: nothing has been revoked yet.
 */
export async function writeSite(query: Query, { random }: World, { clientId, site }: App): Promise<void> {
  if (!site) return
  const taken = await putSite(query, { ...site, clientId, revision: randomId(random) })
  if (taken.length > 0) throw badHosts('host_taken')
}

/** The same for an app that has one. The previous revision is revoked, because every node caches sites. */
export async function replaceSite(query: RevokingQuery, world: World, app: App): Promise<Revoked[]> {
  const before = await siteById(query, app.clientId)
  await writeSite(query, world, app)
  return revoke(query, world, { kind: 'app', ids: before ? [before.revision] : [] })
}

function badHosts(code: 'bad_host' | 'host_taken'): AppError {
  return new AppError('invalid_request', { errors: [{ pointer: '/hosts', code }] })
}
