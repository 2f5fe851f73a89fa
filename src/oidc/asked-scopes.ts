import { apiByAudience } from '#src/apps/apis.sql.ts'
import { type App, userScopes } from '#src/apps/app.ts'
import { type ConsentScopes, consentOf } from '#src/apps/consents.sql.ts'
import { storeConsent } from '#src/apps/store-consent.ts'
import type { By } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { scopesOfClaims } from '#src/oidc/requested-claims.ts'
import { BrokenReference } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** The scopes, APIs and claims in the request of an app or a device. */
export type Asked = {
  readonly scope?: string
  readonly resource?: string | readonly string[]
  /** The parameter of OpenID Connect Core section 5.5. */
  readonly claims?: string
}

/** The description of the access for a page. */
export type AskedSentences = {
  /** Requested scopes about the user. */
  readonly userScopes: readonly string[]
  readonly apis: readonly { readonly name: string; readonly sentences: readonly string[] }[]
}

export async function askedSentences(world: World, asked: Asked, app: App): Promise<AskedSentences> {
  const { '': ofUser = [], ...byAudience } = askedScopes(asked, app)
  const apis = []
  for (const [audience, scopes] of Object.entries(byAudience)) {
    const api = await apiByAudience(world.db.query, audience)
    if (api) apis.push({ name: api.name, sentences: scopes.map((scope) => api.scopes[scope] ?? scope) })
  }
  return { userScopes: ofUser, apis }
}

/** Adds the requested access to the user's consent. Throws `not_found` for a removed app. */
export async function addConsent(
  world: World,
  { userId, app, asked, by }: { userId: string; app: App; asked: Asked; by: By },
): Promise<void> {
  const whose = { userId, clientId: app.clientId }
  const before = await consentOf(world.db.query, whose)
  const scopes = merged(before, askedScopes(asked, app))
  const consent = { ...whose, scopes, now: world.clock.now() }
  await storeConsent(world, { consent, app, by }).catch((error: unknown) => {
    throw error instanceof BrokenReference ? new AppError('not_found') : error
  })
}

/** Everything that the request asks for, whether or not the user has consented to it before. */
export function askedScopes({ scope, resource, claims }: Asked, app: App): ConsentScopes {
  const asked = (scope ?? '').split(' ')
  const ofClaims = scopesOfClaims(claims)
  const ofUser = userScopes.filter((one) => asked.includes(one) || ofClaims.includes(one))
  const audiences = [resource ?? []].flat()
  const ofApis = app.apis
    .filter(({ audience }) => audiences.includes(audience))
    .map(({ audience, scopes }) => [audience, scopes.filter((one) => asked.includes(one))] as const)
  return { '': ofUser, ...Object.fromEntries(ofApis) }
}

function merged(one: ConsentScopes, other: ConsentScopes): ConsentScopes {
  const audiences = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  const union = (audience: string) => [...new Set([...(one[audience] ?? []), ...(other[audience] ?? [])])]
  return Object.fromEntries(audiences.map((audience) => [audience, union(audience)]))
}
