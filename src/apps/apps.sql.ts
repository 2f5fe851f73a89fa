import type { AllowedApi, App, AppKind } from '#src/apps/app.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

export async function insertApp(query: Query, app: App): Promise<void> {
  const { clientId, name, kind, createdAt } = app
  await query(sql`insert into apps (client_id, name, kind, redirect_uris, post_logout_uris, allowed_origins,
      first_party_at, pkce_optional_at, id_token_alg, created_at)
    values (${clientId}, ${name}, ${kind}, ${JSON.stringify(app.redirectUris)},
      ${JSON.stringify(app.postLogoutUris)}, ${JSON.stringify(app.allowedOrigins)},
      ${app.isFirstParty ? createdAt : null}, ${app.isPkceOptional ? createdAt : null}, ${app.idTokenAlg},
      ${createdAt})`)
}

/** Its kind never changes. */
export async function updateApp(query: Query, app: App, now: Instant): Promise<void> {
  await query(sql`update apps set name = ${app.name},
      redirect_uris = ${JSON.stringify(app.redirectUris)},
      post_logout_uris = ${JSON.stringify(app.postLogoutUris)},
      allowed_origins = ${JSON.stringify(app.allowedOrigins)},
      first_party_at = ${app.isFirstParty ? now : null},
      pkce_optional_at = ${app.isPkceOptional ? now : null},
      id_token_alg = ${app.idTokenAlg}
    where client_id = ${app.clientId}`)
}

/** Sets the APIs of an app. Throws `BrokenReference` if one has just been removed. */
export async function setApisOf(
  query: Query,
  clientId: string,
  apis: readonly { id: string; scopes: readonly string[] }[],
): Promise<void> {
  await query(sql`delete from app_apis where client_id = ${clientId}`)
  for (const [position, { id, scopes }] of apis.entries()) {
    await query(sql`insert into app_apis (client_id, api_id, position, scopes)
      values (${clientId}, ${id}, ${position}, ${scopes.join(' ')})`)
  }
}

export async function appById(query: Query, clientId: string): Promise<App | undefined> {
  // One statement, so one snapshot: an app is never seen with the APIs of another moment.
  const rows = await query(sql`select apps.*, apis.name as api_name, apis.audience,
      app_apis.scopes as api_scopes
    from apps left join app_apis on app_apis.client_id = apps.client_id
      left join apis on apis.id = app_apis.api_id
    where apps.client_id = ${clientId} order by app_apis.position`)
  const [first] = rows
  return first && fromRow(first, rows.filter(({ audience }) => audience !== null).map(apiFromRow))
}

/** Returns a page of the ids of apps, newest first. */
export async function listAppIds(
  query: Query,
  { before, beforeId, limit }: { before: Instant; beforeId: string; limit: number },
): Promise<string[]> {
  const rows =
    await query(sql`select client_id from apps where (created_at, client_id) < (${before}, ${beforeId})
    order by created_at desc, client_id desc limit ${limit}`)
  return rows.map(({ client_id }) => client_id as string)
}

export async function deleteApp(query: Query, clientId: string): Promise<boolean> {
  return (await query(sql`delete from apps where client_id = ${clientId} returning client_id`)).length === 1
}

export async function insertSecret(
  query: Query,
  { clientId, hash, now }: { clientId: string; hash: string; now: Instant },
): Promise<void> {
  await query(sql`insert into app_secrets (secret_hash, client_id, created_at)
    values (${hash}, ${clientId}, ${now})`)
}

/** The hashes of an app's secrets, newest first. */
export async function secretHashes(query: Query, clientId: string): Promise<string[]> {
  const rows = await query(sql`select secret_hash from app_secrets where client_id = ${clientId}
    order by created_at desc, secret_hash`)
  return rows.map((row) => row.secret_hash as string)
}

export async function deleteSecret(query: Query, hash: string): Promise<void> {
  await query(sql`delete from app_secrets where secret_hash = ${hash}`)
}

/** Takes the row of an app, so that two who rotate its secret do so one after the other. */
export async function lockApp(query: Query, clientId: string): Promise<boolean> {
  const rows = await query(sql`update apps set kind = kind where client_id = ${clientId} returning client_id`)
  return rows.length === 1
}

function apiFromRow(row: Row): AllowedApi {
  const scopes = (row.api_scopes as string).split(' ').filter((scope) => scope !== '')
  return { name: row.api_name as string, audience: row.audience as string, scopes }
}

function fromRow(row: Row, apis: readonly AllowedApi[]): App {
  return {
    clientId: row.client_id as string,
    name: row.name as string,
    kind: row.kind as AppKind,
    redirectUris: JSON.parse(row.redirect_uris as string) as string[],
    postLogoutUris: JSON.parse(row.post_logout_uris as string) as string[],
    allowedOrigins: JSON.parse(row.allowed_origins as string) as string[],
    apis,
    isFirstParty: row.first_party_at !== null,
    isPkceOptional: row.pkce_optional_at !== null,
    idTokenAlg: row.id_token_alg as App['idTokenAlg'],
    isManaged: row.managed_at !== null,
    createdAt: row.created_at as Instant,
  }
}
