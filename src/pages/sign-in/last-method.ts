import type { Call } from '#src/http/call.ts'
import { cookieName, setCookie } from '#src/http/cookies.ts'
import { type Html, html } from '#src/http/html.ts'
import { badge } from '#src/pages/components/badge.ts'
import type { Texts } from '#src/pages/texts.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { FactorKind } from '#src/users/factor.ts'
import type { World } from '#src/world/world.ts'

/** How a browser signed in: a kind of factor, or the name of an identity provider. */
export type Method = Exclude<FactorKind, 'upstream'> | `provider:${string}`

const yearSeconds = 365 * 24 * 60 * 60

/** Stores the last sign-in method in the browser. It does not identify an account. */
export function lastMethodCookie(world: World, method: Method): string {
  return setCookie('lastMethod', method, yearSeconds, isSecure(world))
}

/** Only compared with the methods that the page shows: the cookie may contain anything. */
export function lastMethodOf(world: World, { cookies }: Pick<Call, 'cookies'>): string | undefined {
  return cookies.get(cookieName('lastMethod', isSecure(world)))
}

export function lastUsedBadge(texts: Texts): Html {
  return html`<span class="last-used">${badge('neutral', texts.get('last_used'))}</span>`
}
