import { hasSites } from '#src/apps/proxy-sites.sql.ts'
import { type Finding, warning } from '#src/cli/doctor/finding.ts'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'
import { allVerifiers } from '#src/revocations/verifiers.sql.ts'
import type { Settings } from '#src/settings/settings.ts'
import type { Query } from '#src/store/db.ts'

/** Long enough to roll a new key out to every process of a resource server. */
const soonMs = 14 * 24 * 60 * 60 * 1000

/** What will stop working for apps and APIs, or does not work at all. */
export async function examineApps(query: Query, now: Instant, settings: Settings): Promise<Finding[]> {
  return [...(await verifierFindings(query, now)), ...(await siteFindings(query, settings))]
}

async function verifierFindings(query: Query, now: Instant): Promise<Finding[]> {
  const ending = (await allVerifiers(query)).filter(
    ({ expiresAt }) => expiresAt !== undefined && expiresAt <= now + soonMs,
  )
  if (ending.length === 0) return []
  const listed = ending.map(({ name, expiresAt = 0 }) => {
    const verb = expiresAt <= now ? 'expired' : 'expires'
    return `${name} ${verb} at ${rfc3339(expiresAt)}`
  })
  const advice = 'Replace each with `sigil verifier rotate NAME` before its resource server stops working.'
  return [warning('verifiers', `The keys of these verifiers end: ${listed.join(', ')}.`, advice)]
}

async function siteFindings(query: Query, { trustedProxies }: Settings): Promise<Finding[]> {
  if (trustedProxies.texts.length > 0 || !(await hasSites(query))) return []
  const message = 'There are apps behind a proxy, but no proxy is trusted: every request to them is rejected.'
  return [warning('proxy apps', message, 'Set SIGIL_TRUSTED_PROXIES to the IP address of the proxy.')]
}
