import { createHash, timingSafeEqual } from 'node:crypto'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { type App, isConfidential } from '#src/apps/app.ts'
import { refreshLifetimeOf } from '#src/apps/app-token.ts'
import { endOneGrant } from '#src/apps/end-grant.ts'
import { openGrant } from '#src/apps/open-grant.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { recordIdOf } from '#src/oidc/adapter.ts'
import type { Library } from '#src/oidc/library.ts'
import { consumeRecord } from '#src/oidc/records.sql.ts'
import { type ClaimsParameter, grantedClaims } from '#src/oidc/requested-claims.ts'
import { visitOf } from '#src/oidc/visit.ts'
import type { Level } from '#src/users/factor.ts'
import type { World } from '#src/world/world.ts'

type Redeemer = { readonly app: App; readonly keyThumbprint: string | undefined }

type Redeemed = { readonly grantId: string; readonly handle: string; readonly nonce: string | undefined }

/** The used part of what the provider stored with an authorization code. */
type Code = {
  readonly jti: string
  readonly accountId: string
  readonly clientId: string
  readonly grantId: string
  readonly sessionUid: string
  readonly redirectUri: string
  readonly scope?: string
  readonly resource?: string | string[]
  readonly claims?: ClaimsParameter
  readonly nonce?: string
  readonly codeChallenge?: string
  readonly dpopJkt?: string
  readonly acr: Level
  readonly amr: readonly string[]
  readonly authTime: number
  readonly isExpired: boolean
}

/**
 * Checks an authorization code and opens its grant: of twenty parallel callers exactly one. A second use ends
 * the grant (RFC 9700 section 4.5), because one of the two callers has stolen the code.
 */
export async function redeemCode(
  world: World,
  library: Library,
  ctx: KoaContextWithOIDC,
  { app, keyThumbprint }: Redeemer,
): Promise<Redeemed> {
  const { errors } = library
  const code = await checkedCode(library, ctx)
  // RFC 9449 section 10.
  const isBound = code.dpopJkt !== undefined
  if (isBound && code.dpopJkt !== keyThumbprint) throw new errors.InvalidGrant('the code is for another key')
  const { call } = visitOf(ctx.req)
  const by = byCallerOf(call)
  const scopes = (code.scope ?? '').split(' ').filter((scope) => scope !== '')
  const opened = await openGrant(world, {
    useCode: (query) => consumeRecord(query, recordIdOf('AuthorizationCode', code.jti), world.clock.now()),
    id: code.grantId,
    userId: code.accountId,
    clientId: code.clientId,
    sessionId: code.sessionUid,
    isOffline: scopes.includes('offline_access'),
    scopes,
    claims: grantedClaims(code.claims),
    audiences: [code.resource ?? []].flat(),
    // RFC 9449 section 5: an app with a secret or key authenticates with that.
    keyThumbprint: isConfidential(app) ? undefined : keyThumbprint,
    amr: code.amr,
    level: code.acr,
    authenticatedAt: code.authTime * 1000,
    refreshLifetimeMs: refreshLifetimeOf(world, app),
    client: call,
    by,
  })
  if (opened.kind === 'opened') return { grantId: code.grantId, handle: opened.handle, nonce: code.nonce }
  if (opened.kind === 'used') {
    await (await endOneGrant(world, { id: code.grantId, reason: 'code_reused', by })).propagated
    throw new errors.InvalidGrant('the code was already used')
  }
  throw new errors.InvalidGrant('the user has signed out')
}

/** An invalid request does not use up the code of the client that it was issued to. */
async function checkedCode({ provider, errors }: Library, ctx: KoaContextWithOIDC): Promise<Code> {
  const {
    code: presented,
    redirect_uri,
    code_verifier,
  } = ctx.oidc.params as Record<string, string | undefined>
  if (!presented) throw new errors.InvalidRequest("missing required parameter 'code'")
  const found = await provider.AuthorizationCode.find(presented, { ignoreExpiration: true })
  const code = found as unknown as Code | undefined
  const isOurs = code !== undefined && code.clientId === ctx.oidc.client?.clientId
  if (!isOurs || code.isExpired) throw new errors.InvalidGrant('the code is not valid')
  if (redirect_uri !== code.redirectUri) throw new errors.InvalidGrant('redirect_uri mismatch')
  if (!isProven(code.codeChallenge, code_verifier)) throw new errors.InvalidGrant('PKCE verification failed')
  return code
}

/** RFC 7636 section 4.6. A verifier without a challenge is a downgrade (RFC 9700 section 4.8.2). */
function isProven(challenge: string | undefined, verifier: string | undefined): boolean {
  if (challenge === undefined || verifier === undefined) return challenge === verifier
  const computed = createHash('sha256').update(verifier).digest()
  const expected = Buffer.from(challenge, 'base64url')
  return computed.length === expected.length && timingSafeEqual(computed, expected)
}
