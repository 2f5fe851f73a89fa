import { createPublicKey, type JsonWebKey } from 'node:crypto'
import {
  type AppInput,
  type AppKind,
  authMethodOf,
  isConfidential,
  type Jwks,
  mayUseDeviceFlow,
  sectorOf,
} from '#src/apps/app.ts'
import { loopbacks } from '#src/apps/loopback.ts'
import { problemsOfSite, type SiteProblem } from '#src/apps/proxy-site.ts'

/** The fields of an app that conflict with its kind or with each other, each with the reason. */
export function problemsOf(app: AppInput, publicUrl: string): Problem[] {
  if (app.kind === 'proxy') return problemsOfProxy(app, publicUrl)
  const problems: Problem[] = []
  if (app.site) problems.push({ field: 'hosts', reason: 'only_for_proxies' })
  const isMachine = app.kind === 'machine'
  const hasRedirect = app.redirectUris.length > 0
  if (isMachine && hasRedirect) problems.push({ field: 'redirect_uris', reason: 'not_for_machines' })
  if (!isMachine && !hasRedirect && !mayUseDeviceFlow(app)) {
    problems.push({ field: 'redirect_uris', reason: 'redirect_needed' })
  }
  if (isMachine && app.usesDeviceFlow) problems.push({ field: 'device_flow', reason: 'no_users' })
  if (isMachine && app.backchannelUri !== undefined) {
    problems.push({ field: 'backchannel_logout_uri', reason: 'no_users' })
  }
  if (!app.redirectUris.every((uri) => isRedirectUri(uri, app.kind))) {
    problems.push({ field: 'redirect_uris', reason: 'bad_redirect' })
  }
  if (!app.postLogoutUris.every((uri) => isRedirectUri(uri, app.kind))) {
    problems.push({ field: 'post_logout_uris', reason: 'bad_redirect' })
  }
  if (!app.allowedOrigins.every(isOrigin)) problems.push({ field: 'allowed_origins', reason: 'bad_origin' })
  if (app.isPkceOptional && !isConfidential(app)) problems.push({ field: 'pkce', reason: 'pkce_needed' })
  problems.push(...problemsOfPages(app))
  if (app.jwks && !areKeysUsable(app.jwks)) problems.push({ field: 'jwks', reason: 'bad_jwks' })
  if (app.jwks && app.jwksUri !== undefined) problems.push({ field: 'jwks_uri', reason: 'bad_jwks_uri' })
  if (app.jwksUri !== undefined && !isFetchable(app.jwksUri)) {
    problems.push({ field: 'jwks_uri', reason: 'bad_jwks_uri' })
  }
  return [...problems, ...securityProblemsOf(app)]
}

/** Conflicts with the stricter rules that the app is registered with. */
function securityProblemsOf(app: AppInput): Problem[] {
  const problems: Problem[] = []
  const hasKeys = app.jwks !== undefined || app.jwksUri !== undefined
  if (app.requires.includes('signed_request') && !hasKeys) {
    problems.push({ field: 'requires', reason: 'keys_needed' })
  }
  const isStrict =
    authMethodOf(app) === 'private_key_jwt' && !app.isPkceOptional && app.idTokenAlg === 'ES256'
  const isRemote = app.redirectUris.every((uri) => uri.startsWith('https:'))
  if (app.requires.includes('fapi2') && !(isStrict && isRemote)) {
    problems.push({ field: 'requires', reason: 'not_fapi2' })
  }
  if (app.subjectType === 'pairwise' && sectorOf(app) === undefined) {
    problems.push({ field: 'subject_type', reason: 'sector_needed' })
  }
  if (app.exchangesTokens && app.kind !== 'machine') {
    problems.push({ field: 'token_exchange', reason: 'only_for_machines' })
  }
  return problems
}

type Problem = { readonly field: AppField; readonly reason: AppProblem }

/** It does not use OAuth. */
function problemsOfProxy(app: AppInput, publicUrl: string): Problem[] {
  const reason = 'not_for_proxies'
  const ofOAuth = [
    { field: 'redirect_uris', used: app.redirectUris.length > 0 },
    { field: 'post_logout_uris', used: app.postLogoutUris.length > 0 },
    { field: 'allowed_origins', used: app.allowedOrigins.length > 0 },
    { field: 'apis', used: app.apis.length > 0 },
    { field: 'pkce', used: app.isPkceOptional },
    { field: 'requires', used: app.requires.length > 0 },
    { field: 'subject_type', used: app.subjectType !== 'public' },
    { field: 'token_exchange', used: app.exchangesTokens },
  ] as const
  const unused = ofOAuth.filter(({ used }) => used).map(({ field }) => ({ field, reason }) as const)
  const site = app.site ?? { hosts: [], rules: [], allowsPreflight: false }
  return [...unused, ...problemsOfPages(app), ...problemsOfSite(site, publicUrl)]
}

type AppField =
  | 'redirect_uris'
  | 'post_logout_uris'
  | 'allowed_origins'
  | 'pkce'
  | 'jwks'
  | 'jwks_uri'
  | 'requires'
  | 'subject_type'
  | 'token_exchange'
  | 'backchannel_logout_uri'
  | 'client_uri'
  | 'terms_uri'
  | 'privacy_uri'
  | 'device_flow'
  | 'apis'
  | SiteProblem['field']

type AppProblem =
  | 'not_for_machines'
  | 'not_for_proxies'
  | 'only_for_proxies'
  | 'no_users'
  | 'redirect_needed'
  | 'bad_redirect'
  | 'bad_origin'
  | 'bad_page'
  | 'bad_client_uri'
  | 'pkce_needed'
  | 'bad_jwks'
  | 'bad_jwks_uri'
  | 'keys_needed'
  | 'not_fapi2'
  | 'sector_needed'
  | 'only_for_machines'
  | SiteProblem['reason']

function problemsOfPages(app: AppInput): Problem[] {
  const wrong = pagesOf(app).filter(([, uri]) => uri !== undefined && !isPageUri(uri))
  const problems: Problem[] = wrong.map(([field]) => ({ field, reason: 'bad_page' }))
  const { clientUri } = app
  // Users see it in their accounts, so it is never a page of their own machine.
  const isSite = clientUri === undefined || (isPageUri(clientUri) && clientUri.startsWith('https:'))
  return isSite ? problems : [...problems, { field: 'client_uri', reason: 'bad_client_uri' }]
}

function pagesOf(app: AppInput): (readonly [AppField, string | undefined])[] {
  return [
    ['backchannel_logout_uri', app.backchannelUri],
    ['terms_uri', app.termsUri],
    ['privacy_uri', app.privacyUri],
  ]
}

/** Back-Channel Logout section 2.2: https without a fragment, or http on loopback in development. */
function isPageUri(uri: string): boolean {
  const url = URL.parse(uri)
  if (!url || uri.includes('#') || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopbacks.has(url.hostname))
}

/** Public keys for signatures, of the types that client libraries generate. A private key is rejected. */
function areKeysUsable({ keys }: Jwks): boolean {
  return keys.length > 0 && keys.length <= 10 && keys.every(isKeyUsable)
}

/** RFC 7518 section 6: members of private and of symmetric keys. */
const secretMembers = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']

function isKeyUsable(jwk: Jwks['keys'][number]): boolean {
  const { kty, use, kid, alg } = jwk
  const isKnown = (kty === 'EC' || kty === 'RSA' || kty === 'OKP') && use !== 'enc'
  const areTexts = [use, kid, alg].every((text) => text === undefined || (typeof text === 'string' && text))
  if (!isKnown || !areTexts || secretMembers.some((name) => name in jwk)) return false
  try {
    createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

/** Plain http is only for the same machine in development: see `outgoing.ts`. */
function isFetchable(text: string): boolean {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopbacks.has(url.hostname))
  return isWeb && url?.username === '' && url.password === '' && !text.includes('#')
}

/** RFC 9700 section 2.1 and RFC 8252 section 7. */
function isRedirectUri(uri: string, kind: AppKind): boolean {
  const url = URL.parse(uri)
  if (!url || uri.includes('#') || url.username !== '' || url.password !== '') return false
  // Redirect URIs are compared as text, so they must be in the form that URL libraries send.
  if (url.href !== uri && url.href !== `${uri}/`) return false
  if (url.protocol === 'https:') return true
  if (url.protocol === 'http:') return loopbacks.has(url.hostname)
  return kind === 'native' && /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/.test(url.protocol)
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopbacks.has(url.hostname))
  return isWeb && url?.origin === text
}
