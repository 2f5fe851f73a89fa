import { z } from 'zod'
import type { Api } from '#src/apps/api.ts'
import {
  type App,
  appKinds,
  appSources,
  idTokenAlgs,
  isConfidential,
  mayUseDeviceFlow,
  requirements,
  subjectTypes,
} from '#src/apps/app.ts'
import { JwkField, JwksField } from '#src/apps/client-document.ts'
import { emptySite, SiteBody, SiteFields, siteFrom, siteOnWire } from '#src/apps/site-on-wire.ts'
import { text } from '#src/http/text.ts'
import { rfc3339 } from '#src/platform/clock.ts'

const Uri = text({ min: 1, max: 1000 })
const Uris = z.array(Uri).max(50)
const Name = text({ min: 1, max: 100 })
const ApiName = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/)
const ScopeName = text({ min: 1, max: 100 })

/** Null removes it. */
const OptionalUri = Uri.nullable().optional()
const hourSeconds = 60 * 60
const Seconds = (min: number, max: number) => z.int().min(min).max(max).nullable().optional()

const AppFields = {
  name: Name,
  redirect_uris: Uris.optional(),
  post_logout_uris: Uris.optional(),
  allowed_origins: Uris.optional(),
  apis: z
    .array(z.strictObject({ name: ApiName, scopes: z.array(ScopeName).max(200).optional() }))
    .max(50)
    .optional()
    .describe('The APIs, the default first; without `scopes`, all current scopes of the API'),
  first_party: z.boolean().optional().describe('Skips the consent page. Default: true'),
  pkce: z.enum(['required', 'optional']).optional(),
  id_token_alg: z.enum(idTokenAlgs).optional().describe('Default: RS256'),
  backchannel_logout_uri: OptionalUri.describe('Receives a logout token when a sign-in has ended'),
  client_uri: OptionalUri.describe(
    'Its web site, by https: linked on the consent page and in connected apps',
  ),
  terms_uri: OptionalUri.describe('Linked on the consent page'),
  privacy_uri: OptionalUri.describe('Linked on the consent page'),
  access_token_lifetime: Seconds(60, hourSeconds).describe('In seconds. Default: the setting'),
  refresh_token_lifetime: Seconds(60, 90 * 24 * hourSeconds).describe(
    'Idle lifetime in seconds. Default: the setting',
  ),
  device_flow: z.boolean().optional().describe('For devices without a browser. Native apps always may'),
  jwks: JwksField.nullable().optional().describe('Public keys: the app authenticates with private_key_jwt'),
  jwks_uri: Uri.nullable().optional().describe('The URL of the public keys, instead of `jwks`'),
  requires: z.array(z.enum(requirements)).max(10).optional().describe('Stricter rules for the app'),
  subject_type: z.enum(subjectTypes).optional().describe('Default: public'),
  token_exchange: z.boolean().optional().describe('Whether a machine may act for users (RFC 8693)'),
  ...SiteFields,
} as const

export const NewAppBody = z.strictObject({ kind: z.enum(appKinds), ...AppFields })
export const AppEditBody = z.strictObject({ ...AppFields, name: Name.optional() })

type AppFieldValues = Partial<Omit<z.output<typeof NewAppBody>, 'kind' | 'name'>>

/** The fields under their names in the model; absent ones are omitted. */
export function appFieldsFrom(fields: AppFieldValues) {
  const { redirect_uris, post_logout_uris, allowed_origins, apis, first_party, pkce, id_token_alg } = fields
  const { jwks, jwks_uri, requires, subject_type, token_exchange } = fields
  return {
    ...(redirect_uris && { redirectUris: redirect_uris }),
    ...(post_logout_uris && { postLogoutUris: post_logout_uris }),
    ...(allowed_origins && { allowedOrigins: allowed_origins }),
    ...(apis && { apis }),
    ...(first_party !== undefined && { isFirstParty: first_party }),
    ...(pkce && { isPkceOptional: pkce === 'optional' }),
    ...(id_token_alg && { idTokenAlg: id_token_alg }),
    ...flowFieldsFrom(fields),
    ...(jwks !== undefined && { jwks: jwks ?? undefined }),
    ...(jwks_uri !== undefined && { jwksUri: jwks_uri ?? undefined }),
    ...(requires && { requires }),
    ...(subject_type && { subjectType: subject_type }),
    ...(token_exchange !== undefined && { exchangesTokens: token_exchange }),
    ...siteFrom(fields),
  }
}

function flowFieldsFrom(fields: AppFieldValues) {
  const { backchannel_logout_uri: backchannel, terms_uri: terms, privacy_uri: privacy, device_flow } = fields
  const { access_token_lifetime: access, refresh_token_lifetime: refresh, client_uri: site } = fields
  return {
    ...(backchannel !== undefined && { backchannelUri: backchannel ?? undefined }),
    ...(site !== undefined && { clientUri: site ?? undefined }),
    ...(terms !== undefined && { termsUri: terms ?? undefined }),
    ...(privacy !== undefined && { privacyUri: privacy ?? undefined }),
    ...(access !== undefined && { accessLifetimeMs: msOf(access) }),
    ...(refresh !== undefined && { refreshLifetimeMs: msOf(refresh) }),
    ...(device_flow !== undefined && { usesDeviceFlow: device_flow }),
  }
}

function msOf(seconds: number | null): number | undefined {
  return seconds === null ? undefined : seconds * 1000
}

/** The defaults of an app that is registered with only a name and a kind. */
export const emptyApp = {
  redirectUris: [],
  postLogoutUris: [],
  allowedOrigins: [],
  apis: [],
  isFirstParty: true,
  isPkceOptional: false,
  idTokenAlg: 'RS256',
  backchannelUri: undefined,
  clientUri: undefined,
  termsUri: undefined,
  privacyUri: undefined,
  accessLifetimeMs: undefined,
  refreshLifetimeMs: undefined,
  usesDeviceFlow: false,
  source: 'operator',
  jwks: undefined,
  jwksUri: undefined,
  requires: [],
  subjectType: 'public',
  exchangesTokens: false,
  site: undefined,
} as const

export const AppBody = z
  .object({
    client_id: z.string(),
    name: z.string(),
    kind: z.enum(appKinds),
    source: z.enum(appSources).describe('Who registered it: the operator, or the app itself'),
    confidential: z.boolean().describe('Whether it has a client secret or keys'),
    redirect_uris: z.array(z.string()),
    post_logout_uris: z.array(z.string()),
    allowed_origins: z.array(z.string()),
    apis: z.array(z.object({ name: z.string(), audience: z.string(), scopes: z.array(z.string()) })),
    first_party: z.boolean(),
    pkce: z.enum(['required', 'optional']),
    id_token_alg: z.enum(idTokenAlgs),
    backchannel_logout_uri: z.string().optional(),
    client_uri: z.string().optional(),
    terms_uri: z.string().optional(),
    privacy_uri: z.string().optional(),
    access_token_lifetime: z.int().optional(),
    refresh_token_lifetime: z.int().optional(),
    device_flow: z.boolean(),
    disabled: z.boolean(),
    jwks: z.object({ keys: z.array(JwkField) }).optional(),
    jwks_uri: z.string().optional(),
    requires: z.array(z.enum(requirements)),
    subject_type: z.enum(subjectTypes),
    token_exchange: z.boolean(),
    ...SiteBody,
    managed: z.boolean().describe('Managed by the apps file, so it can only be changed there'),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'App' })

export function appOnWire(app: App) {
  return {
    client_id: app.clientId,
    name: app.name,
    kind: app.kind,
    source: app.source,
    confidential: isConfidential(app),
    redirect_uris: app.redirectUris,
    post_logout_uris: app.postLogoutUris,
    allowed_origins: app.allowedOrigins,
    apis: app.apis.map(({ name, audience, scopes }) => ({ name, audience, scopes })),
    first_party: app.isFirstParty,
    pkce: app.isPkceOptional ? ('optional' as const) : ('required' as const),
    id_token_alg: app.idTokenAlg,
    ...flowFieldsOf(app),
    disabled: app.isDisabled,
    ...(app.jwks && { jwks: app.jwks }),
    ...(app.jwksUri !== undefined && { jwks_uri: app.jwksUri }),
    requires: app.requires,
    subject_type: app.subjectType,
    token_exchange: app.exchangesTokens,
    ...siteOnWire(app.site ?? emptySite),
    managed: app.isManaged,
    created_at: rfc3339(app.createdAt),
  }
}

function flowFieldsOf(app: App) {
  const { backchannelUri, clientUri, termsUri, privacyUri, accessLifetimeMs, refreshLifetimeMs } = app
  return {
    ...(backchannelUri !== undefined && { backchannel_logout_uri: backchannelUri }),
    ...(clientUri !== undefined && { client_uri: clientUri }),
    ...(termsUri !== undefined && { terms_uri: termsUri }),
    ...(privacyUri !== undefined && { privacy_uri: privacyUri }),
    ...(accessLifetimeMs !== undefined && { access_token_lifetime: accessLifetimeMs / 1000 }),
    ...(refreshLifetimeMs !== undefined && { refresh_token_lifetime: refreshLifetimeMs / 1000 }),
    device_flow: mayUseDeviceFlow(app),
  }
}

export const ScopesField = z
  .record(ScopeName, text({ min: 1, max: 200 }))
  .refine((scopes) => Object.keys(scopes).length <= 200)
  .describe('Each scope with a sentence that describes what it allows, for the consent page')

const OpenField = z.boolean().describe('Whether apps that register themselves may request its tokens')

export const NewApiBody = z.strictObject({
  name: ApiName,
  audience: text({ min: 1, max: 500 }).describe('An absolute URI: `aud` of its access tokens'),
  scopes: ScopesField.default({}),
  open: OpenField.default(false),
})

export const ApiEditBody = z.strictObject({ scopes: ScopesField.optional(), open: OpenField.optional() })

export const ApiBody = z
  .object({
    name: z.string(),
    audience: z.string(),
    scopes: z.record(z.string(), z.string()),
    open: z.boolean(),
    managed: z.boolean().describe('Managed by the apps file, so it can only be changed there'),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Api' })

export function apiOnWire({ name, audience, scopes, isOpen, isManaged, createdAt }: Api) {
  return { name, audience, scopes, open: isOpen, managed: isManaged, created_at: rfc3339(createdAt) }
}
