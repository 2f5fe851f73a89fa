import { z } from 'zod'
import type { App } from '#src/apps/app.ts'
import { loopbacks } from '#src/apps/loopback.ts'
import { text } from '#src/http/text.ts'

/** A client id is either `app_…` or a URL; long ones would fill tokens and logs. */
const maxIdLength = 300

/**
 * Whether a client id is the URL of a client ID metadata document: https, with a path, and in its canonical
 * form. In development, plain http on this machine is accepted.
 */
export function isDocumentUrl(clientId: string, { allowsLoopback }: { allowsLoopback: boolean }): boolean {
  if (!/^https?:\/\//.test(clientId) || clientId.length > maxIdLength) return false
  const url = URL.parse(clientId)
  // A URL that a parser would normalize, such as one with dot segments or a fragment, is not canonical.
  if (!url || url.href !== clientId || url.pathname === '/' || clientId.includes('#')) return false
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (allowsLoopback && loopbacks.has(url.hostname))
}

/** RFC 7517 section 4: the members of public keys are strings, or lists of strings. */
export const JwkField = z.record(z.string(), z.union([z.string(), z.array(z.string())]))

export const JwksField = z.object({ keys: z.array(JwkField).min(1).max(10) })

const Uri = text({ min: 1, max: 1000 })

/** RFC 7591 section 2, as far as it is used here. Unknown members are ignored. */
export const ClientMetadata = z.object({
  client_name: text({ min: 1, max: 100 }).optional(),
  redirect_uris: z.array(Uri).max(50).default([]),
  post_logout_redirect_uris: z.array(Uri).max(50).default([]),
  token_endpoint_auth_method: z
    .enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .optional(),
  grant_types: z.array(z.string().max(100)).max(20).optional(),
  response_types: z.array(z.string().max(100)).max(20).optional(),
  jwks: JwksField.optional(),
  jwks_uri: Uri.optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
  client_uri: Uri.optional(),
  tos_uri: Uri.optional(),
  policy_uri: Uri.optional(),
})

export type ClientMetadata = z.output<typeof ClientMetadata>

const Document = ClientMetadata.extend({
  client_id: z.string(),
  token_endpoint_auth_method: z.enum(['none', 'private_key_jwt']).default('none'),
  // A secret in a public document is not secret.
  client_secret: z.undefined().optional(),
  client_secret_expires_at: z.undefined().optional(),
})

type FromDocument = Omit<App, 'apis' | 'createdAt' | 'isDisabled' | 'isManaged' | 'epoch'>

/** The app that a document describes; undefined if it describes none, or another one. */
export function appFromDocument(clientId: string, body: unknown): FromDocument | undefined {
  const parsed = Document.safeParse(body)
  if (!parsed.success || parsed.data.client_id !== clientId) return undefined
  const document = parsed.data
  const isPublic = document.token_endpoint_auth_method === 'none'
  return {
    ...fieldsOf(document, [new URL(clientId).host]),
    clientId,
    name: document.client_name ?? new URL(clientId).host,
    kind: isPublic ? 'native' : 'web',
    source: 'document',
  }
}

type FieldsOfBoth = Omit<FromDocument, 'clientId' | 'name' | 'kind' | 'source'>

/** Common to apps that register themselves: users are always asked for consent. */
export function fieldsOf(metadata: ClientMetadata, ownHosts: readonly string[] = []): FieldsOfBoth {
  const remote = metadata.redirect_uris.filter((uri) => uri.startsWith('https:'))
  const hosts = [...ownHosts, ...remote.map((uri) => URL.parse(uri)?.host ?? '')]
  return {
    redirectUris: metadata.redirect_uris,
    postLogoutUris: metadata.post_logout_redirect_uris,
    allowedOrigins: originsOf(metadata.redirect_uris),
    isFirstParty: false,
    isPkceOptional: false,
    idTokenAlg: 'RS256',
    requires: metadata.dpop_bound_access_tokens ? ['dpop'] : [],
    subjectType: 'public',
    exchangesTokens: false,
    jwks: metadata.jwks,
    jwksUri: metadata.jwks_uri,
    backchannelUri: undefined,
    clientUri: siteAt(metadata.client_uri, hosts),
    termsUri: pageAt(metadata.tos_uri, hosts),
    privacyUri: pageAt(metadata.policy_uri, hosts),
    accessLifetimeMs: undefined,
    refreshLifetimeMs: undefined,
    usesDeviceFlow: false,
    site: undefined,
  }
}

/** RFC 7591 section 5: links to other hosts are ignored, because they could imitate another app. */
function pageAt(uri: string | undefined, hosts: readonly string[]): string | undefined {
  return hosts.includes(URL.parse(uri ?? '')?.host ?? ' ') ? uri : undefined
}

/** The same for the web site, which must use https. */
function siteAt(uri: string | undefined, hosts: readonly string[]): string | undefined {
  return uri?.startsWith('https:') ? pageAt(uri, hosts) : undefined
}

/** A client in a browser calls the token endpoint from the origin of its redirect URI. */
function originsOf(redirectUris: readonly string[]): string[] {
  const origins = redirectUris.map((uri) => URL.parse(uri)?.origin ?? 'null')
  return [...new Set(origins)].filter((origin) => /^https?:/.test(origin)).slice(0, 50)
}
