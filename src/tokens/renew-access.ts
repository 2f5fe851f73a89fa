import { isOfOtherScheme } from '#src/http/authorization.ts'
import type { Call } from '#src/http/call.ts'
import { authenticate, type Verdict } from '#src/tokens/authenticate.ts'
import { mintAccessToken, prepareMint } from '#src/tokens/mint.ts'
import { accessCookie } from '#src/tokens/pair-answer.ts'
import { presentedPageSession } from '#src/tokens/presented-page-session.ts'
import { findTokenSubject } from '#src/tokens/token-subject.sql.ts'
import type { World } from '#src/world/world.ts'

type Renewed = { readonly verdict: Verdict; readonly cookie: string }

/**
 * Mints an access token for a browser whose own is missing or no longer valid, while its page session is
 * live. A proxy passes the cookie on, so that forms and fetches of a signed-in user do not fail when the
 * access token has expired. Returns undefined if there is no page session, or if there is a Bearer token,
 * which the cookie must not replace.
 */
export async function renewAccess(world: World, call: Call): Promise<Renewed | undefined> {
  const authorization = call.header('authorization')
  const isBearer = authorization !== undefined && !isOfOtherScheme(authorization)
  const found = isBearer ? undefined : await presentedPageSession(world, call)
  if (found?.session.state !== 'live') return undefined
  const now = world.clock.now()
  await prepareMint(world, now)
  const subject = await findTokenSubject(world.db.query, { sessionId: found.session.id, now })
  if (!subject) return undefined
  const grant = mintAccessToken(world, { subject, now })
  const verdict = await authenticate(world, grant.accessToken)
  return { verdict, cookie: accessCookie(world, grant) }
}
