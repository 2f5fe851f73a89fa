import { ClientError } from './client-error.ts'
import type { Config } from './client-options.ts'
import { requestTokens, type Tokens, userOfNewToken } from './tokens.ts'

/** A redirect to Sigil in progress. It belongs to the tab, and contains nothing that is useful elsewhere. */
type Visit = {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly returnTo: string
  /** Without pages: Sigil responds immediately whether the user is signed in. */
  readonly isSilent: boolean
}

/** Errors that mean only that Sigil would have to show a page (OpenID Connect Core section 3.1.2.6). */
const silentErrors = ['login_required', 'interaction_required', 'consent_required']

/** Redirects to Sigil (RFC 7636, OpenID Connect Core section 3.1.2.1). */
export async function leaveForSigil(
  config: Config,
  { returnTo, isSilent }: Pick<Visit, 'returnTo' | 'isSilent'>,
): Promise<never> {
  const { issuer, clientId, redirectUri, scope, resource } = config
  const [state, nonce, verifier] = [randomText(), randomText(), randomText()]
  const visit: Visit = { state, nonce, verifier, returnTo, isSilent }
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    code_challenge: await sha256(verifier),
    code_challenge_method: 'S256',
    ...(resource && { resource }),
    ...(isSilent && { prompt: 'none' }),
  })
  sessionStorage.setItem(keyOf(config), JSON.stringify(visit))
  location.assign(`${issuer}/oauth/authorize?${query}`)
  return new Promise(() => {})
}

export type Returned =
  | { readonly kind: 'signed_in'; readonly tokens: Tokens }
  /** The browser is not signed in at Sigil, or Sigil would have to show a page. */
  | { readonly kind: 'signed_out' }

/** Finishes the visit of the page's URL. Undefined if the URL does not belong to a visit of this tab. */
export async function returnFromSigil(config: Config): Promise<Returned | undefined> {
  const query = new URLSearchParams(location.search)
  const visit = storedVisit(config)
  if (!visit || query.get('state') !== visit.state) return undefined
  // A code works once, and the URL must not keep it.
  sessionStorage.removeItem(keyOf(config))
  history.replaceState(history.state, '', visit.returnTo)
  // RFC 9207: the response is from the server that the request was sent to.
  if (query.get('iss') !== config.issuer) throw new ClientError('rejected')
  const error = query.get('error')
  if (error !== null && visit.isSilent && silentErrors.includes(error)) return { kind: 'signed_out' }
  if (error === 'access_denied') throw new ClientError('denied')
  const message = `${error}: ${query.get('error_description') ?? ''}`
  if (error !== null) throw new ClientError('misconfigured', { message })
  const form = {
    grant_type: 'authorization_code',
    code: query.get('code') ?? '',
    code_verifier: visit.verifier,
  }
  const tokens = await requestTokens(config, { ...form, redirect_uri: config.redirectUri })
  userOfNewToken(tokens, config, visit.nonce)
  return { kind: 'signed_in', tokens }
}

/** A path of this origin, so that a link cannot redirect a user elsewhere after the sign-in. */
export function ownPath(wanted: string): string {
  const url = new URL(wanted, location.href)
  // A path such as `/.//host` begins with two slashes once it is resolved, and is another host then.
  const isOwn = url.origin === location.origin && !url.pathname.startsWith('//')
  return isOwn ? url.pathname + url.search + url.hash : '/'
}

function storedVisit(config: Config): Visit | undefined {
  const text = sessionStorage.getItem(keyOf(config))
  return text === null ? undefined : (JSON.parse(text) as Visit)
}

function keyOf({ clientId }: Config): string {
  return `sigil:${clientId}:visit`
}

function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

async function sha256(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
