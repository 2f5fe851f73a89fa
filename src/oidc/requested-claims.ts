import type { UserScope } from '#src/apps/app.ts'
import type { Library } from '#src/oidc/library.ts'
import { jsonIn } from '#src/platform/json.ts'

/** OpenID Connect Core section 5.4: what each scope reveals about the user. */
export const claimsOfScope: Readonly<Record<UserScope, string[]>> = {
  openid: ['sub'],
  profile: ['name', 'preferred_username'],
  email: ['email', 'email_verified'],
  roles: ['roles'],
  offline_access: [],
}

/** Where an app wants a claim: OpenID Connect Core section 5.5. */
const destinations = ['userinfo', 'id_token'] as const
type Destination = (typeof destinations)[number]

/** The parameter `claims`, as the library has parsed it. */
export type ClaimsParameter = Readonly<Partial<Record<Destination, Readonly<Record<string, unknown>>>>>

/** The scope that reveals a claim; undefined for a claim that is not about the user, or not known. */
export function scopeOfClaim(name: string): UserScope | undefined {
  const entries = Object.entries(claimsOfScope) as [UserScope, readonly string[]][]
  return entries.find(([, names]) => names.includes(name))?.[0]
}

/** The scopes whose claims are requested individually. Consent is given to the scope, which covers more. */
export function scopesOfClaims(parameter: string | undefined): UserScope[] {
  const claims = (parameter === undefined ? undefined : jsonIn(parameter)) as ClaimsParameter | undefined
  const names = destinations.flatMap((destination) => Object.keys(Object(claims?.[destination])))
  return names.map(scopeOfClaim).filter((scope) => scope !== undefined)
}

/** As a grant stores them: each claim with its destination, `userinfo:name`. */
export function grantedClaims(claims: ClaimsParameter | undefined): string[] {
  return destinations.flatMap((destination) =>
    Object.keys(claims?.[destination] ?? {})
      .filter((name) => scopeOfClaim(name) !== undefined)
      .map((name) => `${destination}:${name}`),
  )
}

/** The names of the claims of a grant that go to one destination. */
export function claimsFor(destination: Destination, { claims }: { claims: readonly string[] }): string[] {
  const prefix = `${destination}:`
  return claims.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length))
}

/** The library reads the members without checking that they are objects. */
export function checkedClaims({ InvalidRequest }: Library['errors']) {
  return (_ctx: unknown, claims: object) => {
    const members = destinations.flatMap((name) => Object.values(Object((claims as ClaimsParameter)[name])))
    const isObject = (value: unknown) => typeof value === 'object' && !Array.isArray(value)
    if (!members.every(isObject)) throw new InvalidRequest('each requested claim is null or an object')
  }
}

/** The levels that an ID token must or should name; undefined if the parameter requests none. */
export function requestedLevels(claims: ClaimsParameter | undefined) {
  const acr = claims?.id_token?.acr as { essential?: unknown; value?: unknown; values?: unknown } | undefined
  const words = [acr?.values ?? acr?.value ?? []].flat().map(String)
  return { words, isEssential: acr?.essential === true && words.length > 0 }
}
