import type { By } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { logOut } from '#src/tokens/log-out.ts'
import type { World } from '#src/world/world.ts'

/**
 * RFC 7009 section 2.1: ends the session that the token is of, so that nobody accepts any token of it when
 * this resolves. What is no token of ours is not an error: there is nothing that could still be accepted.
 * Where the session is not there any more, what ended it may not have been heard of everywhere yet.
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
