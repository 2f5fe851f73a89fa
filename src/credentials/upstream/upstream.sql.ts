import type { Connection, Identity } from '#src/credentials/upstream/identity.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

export async function findIdentity(
  query: Query,
  { issuer, subject }: Pick<Identity, 'issuer' | 'subject'>,
): Promise<Connection | undefined> {
  const [row] = await query(
    sql`select * from upstream_identities where issuer = ${issuer} and subject = ${subject}`,
  )
  return row && connectionFromRow(row)
}

/** Returns false if the identity is already connected to any user. */
export async function insertIdentity(
  query: Query,
  connection: Omit<Connection, 'lastUsedAt'>,
): Promise<boolean> {
  const { id, userId, provider, issuer, subject, label, linkedAt } = connection
  const rows = await query(sql`insert into upstream_identities
      (id, user_id, provider, issuer, subject, label, linked_at)
    values (${id}, ${userId}, ${provider}, ${issuer}, ${subject}, ${label}, ${linkedAt})
    on conflict do nothing returning id`)
  return rows.length === 1
}

export async function markIdentityUsed(query: Query, id: string, now: Instant, label: string): Promise<void> {
  await query(sql`update upstream_identities set last_used_at = ${now}, label = ${label} where id = ${id}`)
}

export async function identitiesOf(query: Query, userId: string): Promise<Connection[]> {
  const rows = await query(
    sql`select * from upstream_identities where user_id = ${userId} order by linked_at, id`,
  )
  return rows.map(connectionFromRow)
}

export async function deleteIdentity(query: Query, userId: string, id: string): Promise<void> {
  await query(sql`delete from upstream_identities where user_id = ${userId} and id = ${id}`)
}

export async function deleteIdentitiesOf(query: Query, userId: string): Promise<void> {
  await query(sql`delete from upstream_identities where user_id = ${userId}`)
}

type State = {
  readonly provider: string
  /** Set if the visit connects an identity to this user instead of signing in. */
  readonly userId: string | undefined
  readonly destination: string | undefined
}

type StateKey = { readonly stateHash: string; readonly browserHash: string; readonly provider: string }

export async function insertState(
  query: Query,
  state: State & StateKey & { id: string; expiresAt: Instant },
): Promise<void> {
  await query(sql`insert into upstream_states
      (id, state_hash, browser_hash, provider, user_id, destination, expires_at)
    values (${state.id}, ${state.stateHash}, ${state.browserHash}, ${state.provider},
      ${state.userId ?? null}, ${state.destination ?? null}, ${state.expiresAt})`)
}

/**
 * Consumes a state: of twenty parallel callers exactly one gets it. It is kept if the browser or the provider
 * does not match.
 */
export async function takeState(query: Query, key: StateKey, now: Instant): Promise<State | undefined> {
  const [row] = await query(sql`delete from upstream_states
    where state_hash = ${key.stateHash} and browser_hash = ${key.browserHash}
      and provider = ${key.provider} and expires_at > ${now} returning *`)
  return (
    row && {
      provider: row.provider as string,
      userId: (row.user_id as string | null) ?? undefined,
      destination: (row.destination as string | null) ?? undefined,
    }
  )
}

type Link = Identity & { readonly userId: string; readonly destination: string | undefined }

export async function insertLink(
  query: Query,
  link: Link & { id: string; tokenHash: string; expiresAt: Instant },
): Promise<void> {
  await query(sql`insert into upstream_links
      (id, token_hash, user_id, provider, issuer, subject, label, destination, expires_at)
    values (${link.id}, ${link.tokenHash}, ${link.userId}, ${link.provider}, ${link.issuer},
      ${link.subject}, ${link.label}, ${link.destination ?? null}, ${link.expiresAt})`)
}

type LinkKey = { readonly tokenHash: string; readonly userId: string; readonly now: Instant }

/** For the page that asks for the confirmation. */
export async function findLink(query: Query, { tokenHash, userId, now }: LinkKey): Promise<Link | undefined> {
  const [row] = await query(sql`select * from upstream_links
    where token_hash = ${tokenHash} and user_id = ${userId} and expires_at > ${now}`)
  return row && linkFromRow(row)
}

/** Consumes a link: of twenty parallel callers exactly one gets it. */
export async function takeLink(query: Query, { tokenHash, userId, now }: LinkKey): Promise<Link | undefined> {
  const [row] = await query(sql`delete from upstream_links
    where token_hash = ${tokenHash} and user_id = ${userId} and expires_at > ${now} returning *`)
  return row && linkFromRow(row)
}

/** Deletes a batch of expired visits and links. Returns how many. */
export async function deleteExpiredVisits(query: Query, now: Instant, max: number): Promise<number> {
  const states = await query(sql`delete from upstream_states where id in
    (select id from upstream_states where expires_at <= ${now} order by expires_at limit ${max})
    returning id`)
  const links = await query(sql`delete from upstream_links where id in
    (select id from upstream_links where expires_at <= ${now} order by expires_at limit ${max})
    returning id`)
  return states.length + links.length
}

function identityFromRow(row: Row): Identity {
  return {
    provider: row.provider as string,
    issuer: row.issuer as string,
    subject: row.subject as string,
    label: row.label as string,
  }
}

function linkFromRow(row: Row): Link {
  const destination = (row.destination as string | null) ?? undefined
  return { ...identityFromRow(row), userId: row.user_id as string, destination }
}

function connectionFromRow(row: Row): Connection {
  return {
    ...identityFromRow(row),
    id: row.id as string,
    userId: row.user_id as string,
    linkedAt: row.linked_at as Instant,
    lastUsedAt: (row.last_used_at as Instant | null) ?? undefined,
  }
}
