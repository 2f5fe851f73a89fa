import type { Instant } from '#src/platform/clock.ts'

/** A resource server: apps get access tokens with its audience. */
export type Api = {
  readonly id: string
  readonly name: string
  readonly audience: string
  /** Each scope with a sentence that describes what it allows, shown on the consent page. */
  readonly scopes: Readonly<Record<string, string>>
  /** Whether apps that register themselves may ask users for tokens for it. */
  readonly isOpen: boolean
  /** Managed by the apps file, so it can only be changed there. */
  readonly isManaged: boolean
  readonly createdAt: Instant
}

/** RFC 6749 section 3.3, without the names that OpenID Connect defines. */
export const scopeName = /^(?!(?:openid|profile|email|address|phone|roles|offline_access)$)[!#-[\]-~]{1,100}$/

/** RFC 8707 section 2: an absolute URI without a fragment. */
export function isAudience(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:[!-~]+$/i.test(text) && !text.includes('#') && URL.canParse(text)
}
