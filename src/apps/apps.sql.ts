import type { AllowedApi, App, AppKind, Jwks, Requirement } from '#src/apps/app.ts'
import { siteFromRow } from '#src/apps/proxy-sites.sql.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

export async function insertApp(query: Query, app: App): Promise<void> {
  const { clientId, name, kind, createdAt } = app
  await query(sql`insert into apps (client_id, name, kind, redirect_uris, post_logout_uris, allowed_origins,
      first_party_at, pkce_optional_at, id_token_alg, backchannel_uri, client_uri, terms_uri, privacy_uri,
      access_lifetime_ms, refresh_lifetime_ms, device_flow_at, source, jwks, jwks_uri,
      requirements, subject_type, exchanges_at, created_at)
    values (${clientId}, ${name}, ${kind}, ${JSON.stringify(app.redirectUris)},
      ${JSON.stringify(app.postLogoutUris)}, ${JSON.stringify(app.allowedOrigins)},
      ${app.isFirstParty ? createdAt : null}, ${app.isPkceOptional ? createdAt : null}, ${app.idTokenAlg},
      ${app.backchannelUri ?? null}, ${app.clientUri ?? null},
      ${app.termsUri ?? null}, ${app.privacyUri ?? null},
      ${app.accessLifetimeMs ?? null}, ${app.refreshLifetimeMs ?? null},
      ${app.usesDeviceFlow ? createdAt : null}, ${app.source}, ${textOf(app.jwks)}, ${app.jwksUri ?? null},
      ${app.requires.join(' ')}, ${app.subjectType}, ${app.exchangesTokens ? createdAt : null},
      ${createdAt})`)
}

/**
 * Stores the app of a client document that a user has consented to; true if the app is new. Its epoch is
 * new as well: grants from before the app was removed stay invalid.
 */
export async function putDocumentApp(query: Query, app: App, epoch: string): Promise<boolean> {
  if (await refreshDocumentApp(query, app)) return false
  const { clientId, name, kind, createdAt } = app
  const rows = await query(sql`insert into apps (client_id, name, kind, redirect_uris, post_logout_uris,
      allowed_origins, id_token_alg, source, jwks, jwks_uri, requirements, client_uri, terms_uri, privacy_uri,
      epoch, created_at)
    values (${clientId}, ${name}, ${kind}, ${JSON.stringify(app.redirectUris)},
      ${JSON.stringify(app.postLogoutUris)}, ${JSON.stringify(app.allowedOrigins)}, ${app.idTokenAlg},
      'document', ${textOf(app.jwks)}, ${app.jwksUri ?? null}, ${app.requires.join(' ')},
      ${app.clientUri ?? null}, ${app.termsUri ?? null}, ${app.privacyUri ?? null}, ${epoch}, ${createdAt})
    on conflict (client_id) do nothing returning client_id`)
  return rows.length === 1
}

/** Changes the app if it exists. */
export async function refreshDocumentApp(
  query: Query,
  app: Omit<App, 'apis' | 'createdAt' | 'isDisabled' | 'isManaged' | 'epoch'>,
): Promise<boolean> {
  const rows = await query(sql`update apps set name = ${app.name}, kind = ${app.kind},
      redirect_uris = ${JSON.stringify(app.redirectUris)},
      post_logout_uris = ${JSON.stringify(app.postLogoutUris)},
      allowed_origins = ${JSON.stringify(app.allowedOrigins)},
      jwks = ${textOf(app.jwks)}, jwks_uri = ${app.jwksUri ?? null},
      requirements = ${app.requires.join(' ')}, client_uri = ${app.clientUri ?? null},
      terms_uri = ${app.termsUri ?? null}, privacy_uri = ${app.privacyUri ?? null}
    where client_id = ${app.clientId} and source = 'document' returning client_id`)
  return rows.length === 1
}

/**
 * Deletes a batch of apps that registered themselves and that no user has signed in to since. A disabled one
 * stays: without its row it could come back, because its document is still there.
 */
export async function deleteUnusedApps(query: Query, before: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from apps where client_id in (select client_id from apps
      where source <> 'operator' and created_at < ${before} and disabled_at is null
        and not exists (select 1 from grants where grants.client_id = apps.client_id)
      order by created_at limit ${max}) returning client_id`)
  return rows.length
}

/** Its kind never changes. */
export async function updateApp(query: Query, app: App, now: Instant): Promise<void> {
  await query(sql`update apps set name = ${app.name},
      redirect_uris = ${JSON.stringify(app.redirectUris)},
      post_logout_uris = ${JSON.stringify(app.postLogoutUris)},
      allowed_origins = ${JSON.stringify(app.allowedOrigins)},
      first_party_at = ${app.isFirstParty ? now : null},
      pkce_optional_at = ${app.isPkceOptional ? now : null},
      id_token_alg = ${app.idTokenAlg},
      backchannel_uri = ${app.backchannelUri ?? null},
      client_uri = ${app.clientUri ?? null},
      terms_uri = ${app.termsUri ?? null},
      privacy_uri = ${app.privacyUri ?? null},
      access_lifetime_ms = ${app.accessLifetimeMs ?? null},
      refresh_lifetime_ms = ${app.refreshLifetimeMs ?? null},
      device_flow_at = ${app.usesDeviceFlow ? now : null},
      jwks = ${textOf(app.jwks)}, jwks_uri = ${app.jwksUri ?? null},
      requirements = ${app.requires.join(' ')}, subject_type = ${app.subjectType},
      exchanges_at = ${app.exchangesTokens ? now : null}
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
  return (await appWithSecrets(query, clientId))?.app
}

/** An app that calls, with the hashes of its working secrets. */
export type AppWithSecrets = { readonly app: App; readonly secretHashes: readonly string[] }

export async function appWithSecrets(query: Query, clientId: string): Promise<AppWithSecrets | undefined> {
  // One statement, so one snapshot: an app is never seen with the APIs or secrets of another moment.
  const rows = await query(sql`select apps.*, apis.name as api_name, apis.audience,
      app_apis.scopes as api_scopes, hosts, path_rules, preflight, revision,
      (select string_agg(secret_hash, ' ') from app_secrets
        where app_secrets.client_id = apps.client_id) as secret_hashes
    from apps left join proxy_sites on proxy_sites.client_id = apps.client_id
      left join app_apis on app_apis.client_id = apps.client_id
      left join apis on apis.id = app_apis.api_id
    where apps.client_id = ${clientId} order by app_apis.position`)
  const [first] = rows
  if (!first) return undefined
  const app = fromRow(first, rows.filter(({ audience }) => audience !== null).map(apiFromRow))
  return { app, secretHashes: wordsIn((first.secret_hashes as string | null) ?? '') }
}

export async function isStoredApp(query: Query, clientId: string): Promise<boolean> {
  return (await query(sql`select 1 from apps where client_id = ${clientId}`)).length === 1
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

export async function deleteApp(query: Query, clientId: string): Promise<void> {
  await query(sql`delete from apps where client_id = ${clientId}`)
}

/** Disables an app and begins another epoch, in which no grant is valid. False if another call did. */
export async function disableApp(
  query: Query,
  { app, epoch, now }: { app: Pick<App, 'clientId' | 'epoch'>; epoch: string; now: Instant },
): Promise<boolean> {
  const rows = await query(sql`update apps set disabled_at = ${now}, epoch = ${epoch}
    where client_id = ${app.clientId} and epoch = ${app.epoch} and disabled_at is null returning client_id`)
  return rows.length === 1
}

/** Returns false if it was not disabled, or does not exist. */
export async function enableApp(query: Query, clientId: string): Promise<boolean> {
  const rows = await query(sql`update apps set disabled_at = null
    where client_id = ${clientId} and disabled_at is not null returning client_id`)
  return rows.length === 1
}

/** The creation times of an app's working secrets, newest first. */
export async function secretDates(query: Query, clientId: string): Promise<Instant[]> {
  const rows = await query(sql`select created_at from app_secrets where client_id = ${clientId}
    order by created_at desc, secret_hash`)
  return rows.map((row) => row.created_at as Instant)
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

/** Locks the row of an app, so that concurrent rotations of its secret run one after the other. */
export async function lockApp(query: Query, clientId: string): Promise<boolean> {
  const rows = await query(sql`update apps set kind = kind where client_id = ${clientId} returning client_id`)
  return rows.length === 1
}

function textOf(jwks: Jwks | undefined): string | null {
  return jwks ? JSON.stringify(jwks) : null
}

function apiFromRow(row: Row): AllowedApi {
  const scopes = wordsIn(row.api_scopes as string)
  return { name: row.api_name as string, audience: row.audience as string, scopes }
}

function wordsIn(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
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
    backchannelUri: (row.backchannel_uri as string | null) ?? undefined,
    clientUri: (row.client_uri as string | null) ?? undefined,
    termsUri: (row.terms_uri as string | null) ?? undefined,
    privacyUri: (row.privacy_uri as string | null) ?? undefined,
    accessLifetimeMs: (row.access_lifetime_ms as number | null) ?? undefined,
    refreshLifetimeMs: (row.refresh_lifetime_ms as number | null) ?? undefined,
    usesDeviceFlow: row.device_flow_at !== null,
    isDisabled: row.disabled_at !== null,
    epoch: row.epoch as string,
    source: row.source as App['source'],
    jwks: row.jwks === null ? undefined : (JSON.parse(row.jwks as string) as Jwks),
    jwksUri: (row.jwks_uri as string | null) ?? undefined,
    requires: wordsIn(row.requirements as string) as Requirement[],
    subjectType: row.subject_type as App['subjectType'],
    exchangesTokens: row.exchanges_at !== null,
    site: row.revision === null ? undefined : siteFromRow(row),
    isManaged: row.managed_at !== null,
    createdAt: row.created_at as Instant,
  }
}
