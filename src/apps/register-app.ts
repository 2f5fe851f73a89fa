import { createHash } from 'node:crypto'
import { addApp } from '#src/apps/add-app.ts'
import { type App, type AppKind, isConfidential } from '#src/apps/app.ts'
import { type ClientMetadata, fieldsOf } from '#src/apps/client-document.ts'
import { insertRegistrationToken, useRegistrationToken } from '#src/apps/registration-tokens.sql.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import type { World } from '#src/world/world.ts'

/** Creates an initial access token (RFC 7591 section 3), with which `uses` apps can register. */
export async function makeRegistrationToken(
  world: World,
  { lifetimeMs, uses, by }: { lifetimeMs: number; uses: number; by: By },
): Promise<{ token: string; expiresAt: number }> {
  const { random, clock, db } = world
  const token = `sgn_${random.bytes(32).toString('base64url')}`
  const hash = hashOf(token)
  const now = clock.now()
  const expiresAt = now + lifetimeMs
  await db.transaction(async (query) => {
    await insertRegistrationToken(query, { hash, now, expiresAt, uses })
    const target = { kind: 'none' } as const
    await recordEvent(query, world, { event: 'registration_token.created', by, target, details: { uses } })
  })
  return { token, expiresAt }
}

type Registering = {
  readonly token: string | undefined
  readonly metadata: ClientMetadata
  readonly by: By
}

/**
 * RFC 7591 section 3: registers an app at its own request. Users are always asked for consent, and it may use
 * the APIs that are open. Throws without a valid token, unless the operator allows open registration.
 */
export async function registerApp(
  world: World,
  { token, metadata, by }: Registering,
): Promise<{ app: App; secret: string | undefined }> {
  const isOpen = world.settings.clientRegistration === 'open'
  if (token === undefined && !isOpen) throw new AppError('invalid_registration_token')
  const admit = async (query: Parameters<typeof useRegistrationToken>[0]) =>
    token === undefined || useRegistrationToken(query, hashOf(token), world.clock.now())
  const name = metadata.client_name ?? 'Unnamed app'
  const kind = kindOf(metadata)
  const keys = { jwks: metadata.jwks, jwksUri: metadata.jwks_uri }
  const wantsKeys = metadata.token_endpoint_auth_method === 'private_key_jwt'
  const hasKeys = keys.jwks !== undefined || keys.jwksUri !== undefined
  if (isConfidential({ kind }) && wantsKeys !== hasKeys) throw new AppError('invalid_client_metadata')
  try {
    return await addApp(world, {
      ...fieldsOf(metadata),
      ...{ name, kind, source: 'registration', apis: [], by },
      admit,
    })
  } catch (error) {
    throw asRegistrationError(error)
  }
}

/**
 * A client has a secret unless it requests none: `client_secret_basic` is the default of RFC 7591 section 2.
 */
function kindOf({ token_endpoint_auth_method: method, redirect_uris, grant_types }: ClientMetadata): AppKind {
  const wanted = grant_types ?? ['authorization_code']
  const known = ['authorization_code', 'refresh_token']
  if (!wanted.includes('authorization_code') || !wanted.every((type) => known.includes(type))) {
    throw new AppError('invalid_client_metadata')
  }
  if (method !== 'none') return 'web'
  return redirect_uris.every((uri) => uri.startsWith('https:')) ? 'browser' : 'native'
}

function asRegistrationError(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'invalid_request') return error
  const isRedirect = error.details.errors?.some(({ pointer }) => pointer === '/redirect_uris')
  return new AppError(isRedirect ? 'invalid_redirect_uri' : 'invalid_client_metadata')
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
