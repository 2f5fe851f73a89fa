import { z } from 'zod'
import type { Api } from '#src/apps/api.ts'
import { type App, appKinds, idTokenAlgs, isConfidential } from '#src/apps/app.ts'
import { text } from '#src/http/text.ts'
import { rfc3339 } from '#src/platform/clock.ts'

const Uri = text({ min: 1, max: 1000 })
const Uris = z.array(Uri).max(50)
const Name = text({ min: 1, max: 100 })
const ApiName = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/)
const ScopeName = text({ min: 1, max: 100 })

const AppFields = {
  name: Name,
  redirect_uris: Uris.optional(),
  post_logout_uris: Uris.optional(),
  allowed_origins: Uris.optional(),
  apis: z
    .array(z.strictObject({ name: ApiName, scopes: z.array(ScopeName).max(200).optional() }))
    .max(50)
    .optional()
    .describe('The APIs, the default first; without `scopes`, all that the API has now'),
  first_party: z.boolean().optional().describe('Without a consent page. Default: true'),
  pkce: z.enum(['required', 'optional']).optional(),
  id_token_alg: z.enum(idTokenAlgs).optional().describe('Default: RS256'),
} as const

export const NewAppBody = z.strictObject({ kind: z.enum(appKinds), ...AppFields })
export const AppEditBody = z.strictObject({ ...AppFields, name: Name.optional() })

type AppFieldValues = Partial<Omit<z.output<typeof NewAppBody>, 'kind' | 'name'>>

/** The fields in the words of the model; absent ones are left out. */
export function appFieldsFrom(fields: AppFieldValues) {
  const { redirect_uris, post_logout_uris, allowed_origins, apis, first_party, pkce, id_token_alg } = fields
  return {
    ...(redirect_uris && { redirectUris: redirect_uris }),
    ...(post_logout_uris && { postLogoutUris: post_logout_uris }),
    ...(allowed_origins && { allowedOrigins: allowed_origins }),
    ...(apis && { apis }),
    ...(first_party !== undefined && { isFirstParty: first_party }),
    ...(pkce && { isPkceOptional: pkce === 'optional' }),
    ...(id_token_alg && { idTokenAlg: id_token_alg }),
  }
}

/** What an app has that is registered with nothing but a name and a kind. */
export const emptyApp = {
  redirectUris: [],
  postLogoutUris: [],
  allowedOrigins: [],
  apis: [],
  isFirstParty: true,
  isPkceOptional: false,
  idTokenAlg: 'RS256',
} as const

export const AppBody = z
  .object({
    client_id: z.string(),
    name: z.string(),
    kind: z.enum(appKinds),
    confidential: z.boolean().describe('Whether it has a client secret'),
    redirect_uris: z.array(z.string()),
    post_logout_uris: z.array(z.string()),
    allowed_origins: z.array(z.string()),
    apis: z.array(z.object({ name: z.string(), audience: z.string(), scopes: z.array(z.string()) })),
    first_party: z.boolean(),
    pkce: z.enum(['required', 'optional']),
    id_token_alg: z.enum(idTokenAlgs),
    managed: z.boolean().describe('Described by the file of apps, which alone changes it'),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'App' })

export function appOnWire(app: App) {
  return {
    client_id: app.clientId,
    name: app.name,
    kind: app.kind,
    confidential: isConfidential(app),
    redirect_uris: app.redirectUris,
    post_logout_uris: app.postLogoutUris,
    allowed_origins: app.allowedOrigins,
    apis: app.apis.map(({ name, audience, scopes }) => ({ name, audience, scopes })),
    first_party: app.isFirstParty,
    pkce: app.isPkceOptional ? ('optional' as const) : ('required' as const),
    id_token_alg: app.idTokenAlg,
    managed: app.isManaged,
    created_at: rfc3339(app.createdAt),
  }
}

export const ScopesField = z
  .record(ScopeName, text({ min: 1, max: 200 }))
  .refine((scopes) => Object.keys(scopes).length <= 200)
  .describe('Each scope with a sentence that says what it allows, for the consent page')

export const NewApiBody = z.strictObject({
  name: ApiName,
  audience: text({ min: 1, max: 500 }).describe('An absolute URI: `aud` of its access tokens'),
  scopes: ScopesField.default({}),
})

export const ApiBody = z
  .object({
    name: z.string(),
    audience: z.string(),
    scopes: z.record(z.string(), z.string()),
    managed: z.boolean().describe('Described by the file of apps, which alone changes it'),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Api' })

export function apiOnWire({ name, audience, scopes, isManaged, createdAt }: Api) {
  return { name, audience, scopes, managed: isManaged, created_at: rfc3339(createdAt) }
}
