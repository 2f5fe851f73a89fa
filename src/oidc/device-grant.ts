import type { KoaContextWithOIDC } from 'oidc-provider'
import { type App, isConfidential } from '#src/apps/app.ts'
import { mintForGrant, refreshLifetimeOf } from '#src/apps/app-token.ts'
import { type AllowedCode, countPoll, deviceCodeById, useDeviceCode } from '#src/apps/device-codes.sql.ts'
import { findGrantSubject } from '#src/apps/grant-subject.sql.ts'
import { openGrant } from '#src/apps/open-grant.ts'
import { subjectFor } from '#src/apps/subject.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { recordIdOf } from '#src/oidc/adapter.ts'
import { askedScopes } from '#src/oidc/asked-scopes.ts'
import { askedBy } from '#src/oidc/device-flow.ts'
import { appOf, keyOf, paramsOf, tokensOf } from '#src/oidc/grant-parts.ts'
import { audienceFor, idTokenOf } from '#src/oidc/grant-types.ts'
import type { Library } from '#src/oidc/library.ts'
import { visitOf } from '#src/oidc/visit.ts'
import { randomId } from '#src/platform/random.ts'
import { prepareMint } from '#src/tokens/mint.ts'
import { writeRefreshToken } from '#src/tokens/refresh-token.ts'
import { findTokenSubject } from '#src/tokens/token-subject.sql.ts'
import type { World } from '#src/world/world.ts'

/** RFC 8628 section 3.4. */
export const deviceGrantType = 'urn:ietf:params:oauth:grant-type:device_code'

/** Answers a poll of a device. Once its user has approved, exactly one of parallel polls gets the tokens. */
export async function exchangeDeviceCode(
  world: World,
  library: Library,
  ctx: KoaContextWithOIDC,
): Promise<void> {
  const { errors } = library
  const app = appOf(library, ctx)
  await prepareMint(world, world.clock.now())
  const code = await allowedCode(world, library, ctx, app)
  const keyThumbprint = await keyOf(world, library, ctx, app)
  const opened = await openFor(world, ctx, { code, app, keyThumbprint })
  const now = world.clock.now()
  const subject = opened && (await findGrantSubject(world.db.query, { grantId: opened.grantId, now }))
  if (!subject) throw new errors.InvalidGrant('the user has signed out, or the code was already used')
  const { grant } = subject
  const audience = audienceFor(library, ctx, { world, app, allowed: grant.audiences })
  const sub = await subjectFor(world, { app, userId: grant.userId })
  const { scopes } = grant
  const access = mintForGrant(world, { subject, sub, app, audience, scopes, now, keyThumbprint })
  ctx.body = {
    ...tokensOf(access, now),
    refresh_token: writeRefreshToken(world.keys, { handle: opened.handle, counter: 0 }),
    ...(await idTokenOf(world, { app, grant, sub, access, nonce: undefined, now })),
  }
}

/**
 * RFC 8628 section 3.5. A device that polls too often has to slow down, regardless of its user's decision.
 */
async function allowedCode(
  world: World,
  { errors }: Library,
  ctx: KoaContextWithOIDC,
  app: App,
): Promise<AllowedCode> {
  const { device_code: presented } = paramsOf(ctx)
  if (!presented) throw new errors.InvalidRequest("missing required parameter 'device_code'")
  const { query } = world.db
  const now = world.clock.now()
  const code = await deviceCodeById(query, recordIdOf('DeviceCode', presented))
  if (code?.clientId !== app.clientId) throw new errors.InvalidGrant('the device code is not valid')
  if (code.expiresAt <= now) throw new errors.ExpiredToken('the device code has expired')
  if (code.state === 'used') throw new errors.InvalidGrant('the device code was already used')
  if (!(await countPoll(query, code.id, now))) throw new errors.SlowDown('wait longer between two polls')
  if (code.state === 'denied') throw new errors.AccessDenied('the user did not agree')
  if (code.state === 'pending') throw new errors.AuthorizationPending('the user has not decided yet')
  return code
}

async function openFor(
  world: World,
  ctx: KoaContextWithOIDC,
  { code, app, keyThumbprint }: { code: AllowedCode; app: App; keyThumbprint: string | undefined },
): Promise<{ grantId: string; handle: string } | undefined> {
  const { db, clock } = world
  const { call } = visitOf(ctx.req)
  const now = clock.now()
  const subject = await findTokenSubject(db.query, { sessionId: code.sessionId, now })
  if (!subject) return undefined
  const { '': ofUser = [], ...byAudience } = askedScopes(askedBy(code), app)
  const scopes = [...new Set([...ofUser, ...Object.values(byAudience).flat()])]
  const grantId = randomId(world.random)
  const opened = await openGrant(world, {
    useCode: (query) => useDeviceCode(query, code.id, clock.now()),
    id: grantId,
    userId: code.userId,
    clientId: app.clientId,
    sessionId: code.sessionId,
    isOffline: scopes.includes('offline_access'),
    scopes,
    audiences: Object.keys(byAudience),
    // RFC 9449 section 5: an app with a secret or key authenticates with that.
    keyThumbprint: isConfidential(app) ? undefined : keyThumbprint,
    amr: subject.amr,
    level: subject.level,
    authenticatedAt: subject.authenticatedAt,
    refreshLifetimeMs: refreshLifetimeOf(world, app),
    client: call,
    by: byCallerOf(call),
  })
  return opened.kind === 'opened' ? { grantId, handle: opened.handle } : undefined
}
