import { endOneGrant } from '#src/apps/end-grant.ts'
import { readAppToken } from '#src/apps/judge-app-token.ts'
import type { By } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { type CallingClient, mayAskAbout } from '#src/oidc/calling-client.ts'
import { grantByHandle } from '#src/sessions/grants.sql.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { logOut } from '#src/tokens/log-out.ts'
import { recognizeRefreshToken } from '#src/tokens/recognize-refresh-token.ts'
import type { World } from '#src/world/world.ts'

/**
 * RFC 7009 section 2.1: ends the session of the token. When this resolves, no token of the session is
 * accepted anywhere, even if the session had ended before. An unknown token is not an error: it is not
 * accepted anyway.
 */
export async function revokeToken(
  world: World,
  { presented, by }: { presented: string; by: By },
): Promise<void> {
  try {
    const { propagated } = await logOut(world, { accessToken: presented, refreshToken: presented, by })
    await propagated
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not_signed_in') throw error
  }
}

/**
 * The same for an app or a verifier of an API: ends the grant of a token that was issued to the app or for
 * the API, and ignores everything else.
 */
export async function revokeAppToken(
  world: World,
  { presented, client, by }: { presented: string; client: CallingClient; by: By },
): Promise<void> {
  const id =
    (await grantOfRefreshToken(world, presented, client)) ?? grantOfAccessToken(world, presented, client)
  if (id === undefined) return
  await (await endOneGrant(world, { id, reason: 'revoked', by })).propagated
}

/** Resource servers receive no refresh tokens, so they cannot revoke any. */
async function grantOfRefreshToken(
  world: World,
  presented: string,
  client: CallingClient,
): Promise<string | undefined> {
  if (client.kind !== 'app') return undefined
  const token = await recognizeRefreshToken(world, presented)
  const grant = token && (await grantByHandle(world.db.query, hashOf(token.handle)))
  return grant?.clientId === client.app.clientId ? grant.id : undefined
}

function grantOfAccessToken(world: World, presented: string, client: CallingClient): string | undefined {
  const claims = readAppToken(world, presented)?.claims
  if (!claims || !mayAskAbout(client, claims)) return undefined
  // A machine has no grant: its tokens end with the app, or when they expire. And revoking an exchanged token
  // must not end the grant of the user's own app.
  if (claims.sub === claims.client_id || claims.act) throw new AppError('unsupported_token_type')
  return claims.rev[0]
}
