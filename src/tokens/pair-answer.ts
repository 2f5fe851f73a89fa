import type { z } from 'zod'
import { type Answer, json, withCookies } from '#src/http/answer.ts'
import { setCookie } from '#src/http/cookies.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { AccessGrant, TokenPair } from '#src/tokens/mint.ts'
import type { SignedIn } from '#src/tokens/schemas.ts'
import { userOnWire } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** How tokens are sent: in the body, or only in `HttpOnly` cookies, which scripts cannot read. */
export type Transport = 'body' | 'cookie'

export function isSecure({ settings }: World): boolean {
  return settings.publicUrl.startsWith('https:')
}

type PairAnswer = {
  readonly pair: TokenPair
  readonly transport: Transport
  /** Further members of this response. */
  readonly more?: Readonly<Record<string, unknown>>
}

/** RFC 6749 section 5.1, with the session and the user. The access token is always set as a cookie, too. */
export function pairAnswer(world: World, { pair, transport, more = {} }: PairAnswer): Answer {
  const now = world.clock.now()
  const tokens = { access_token: pair.accessToken, refresh_token: pair.refreshToken }
  const body: z.input<typeof SignedIn> = {
    ...(transport === 'body' ? tokens : {}),
    token_type: 'Bearer',
    expires_in: secondsUntil(pair.accessExpiresAt, now),
    refresh_expires_in: secondsUntil(pair.refreshExpiresAt, now),
    session_id: pair.sessionId,
    user: userOnWire(pair.user),
    ...more,
  }
  const cookies = [accessCookie(world, pair)]
  if (transport === 'cookie') cookies.push(refreshCookie(world, pair))
  return withCookies(json(200, body), cookies)
}

export function accessCookie(world: World, grant: AccessGrant): string {
  const age = secondsUntil(grant.accessExpiresAt, world.clock.now())
  return setCookie('access', grant.accessToken, age, isSecure(world))
}

function refreshCookie(world: World, pair: TokenPair): string {
  const age = secondsUntil(pair.refreshExpiresAt, world.clock.now())
  return setCookie('refresh', pair.refreshToken, age, isSecure(world))
}

function secondsUntil(at: Instant, now: Instant): number {
  return Math.max(0, Math.round((at - now) / 1000))
}
