import type { By } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { logOut } from '#src/tokens/log-out.ts'
import type { World } from '#src/world/world.ts'

/**
 * RFC 7009 section 2.1: ends the session of the token. When this resolves, no token of the session is
 * accepted anywhere, also if the session had ended before. An unknown token is not an error: it cannot be
 * accepted.
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
