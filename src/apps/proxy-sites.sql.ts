import { type PathRule, requirementIn, requirementText } from '#src/apps/path-rules.ts'
import type { ProxySite } from '#src/apps/proxy-site.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A stored site. Each change creates a new revision and revokes the previous one. */
export type StoredSite = ProxySite & { readonly clientId: string; readonly revision: string }

/**
 * Writes the site of an app with its hosts. Returns the hosts that belong to other apps; if there are any,
 * the caller must roll back.
 */
export async function putSite(query: Query, site: StoredSite): Promise<string[]> {
  const { clientId, revision, hosts, rules, allowsPreflight } = site
  const written = rules.map(({ path, requires }) => ({ path, requires: requirementText(requires) }))
  await query(sql`insert into proxy_sites (client_id, hosts, path_rules, preflight, revision)
    values (${clientId}, ${JSON.stringify(hosts)}, ${JSON.stringify(written)},
      ${allowsPreflight ? 'allowed' : 'checked'}, ${revision})
    on conflict (client_id) do update set hosts = excluded.hosts, path_rules = excluded.path_rules,
      preflight = excluded.preflight, revision = excluded.revision`)
  await query(sql`delete from app_hosts where client_id = ${clientId}`)
  const taken: string[] = []
  for (const host of hosts) {
    const rows = await query(sql`insert into app_hosts (host, client_id) values (${host}, ${clientId})
      on conflict do nothing returning host`)
    if (rows.length === 0) taken.push(host)
  }
  return taken
}

export async function hasSites(query: Query): Promise<boolean> {
  return (await query(sql`select client_id from proxy_sites limit 1`)).length === 1
}

export async function siteById(query: Query, clientId: string): Promise<StoredSite | undefined> {
  const [row] = await query(sql`select * from proxy_sites where client_id = ${clientId}`)
  return row && siteFromRow(row)
}

/** The site at a host, unless its app is disabled. */
export async function siteByHost(query: Query, host: string): Promise<StoredSite | undefined> {
  const [row] = await query(sql`select proxy_sites.* from app_hosts
      join proxy_sites on proxy_sites.client_id = app_hosts.client_id
      join apps on apps.client_id = app_hosts.client_id
    where app_hosts.host = ${host} and apps.disabled_at is null`)
  return row && siteFromRow(row)
}

export function siteFromRow(row: Row): StoredSite {
  const rules = JSON.parse(row.path_rules as string) as { path: string; requires: string }[]
  return {
    clientId: row.client_id as string,
    hosts: JSON.parse(row.hosts as string) as string[],
    rules: rules.map(ruleFromRow),
    allowsPreflight: row.preflight === 'allowed',
    revision: row.revision as string,
  }
}

function ruleFromRow({ path, requires }: { path: string; requires: string }): PathRule {
  const requirement = requirementIn(requires)
  if (!requirement) throw new Error(`The rule for ${path} requires ${requires}, which is unknown`)
  return { path, requires: requirement }
}
