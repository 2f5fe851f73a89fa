import { ClientError } from './client-error.ts'
import type { Config } from './client-options.ts'

/** The state of a tab in memory, shared with other tabs of the origin. */
export type Tokens = {
  readonly accessToken: string
  readonly refreshToken: string
  readonly idToken: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** The signed-in user, from the ID token. */
export type User = {
  readonly id: string
  readonly email: string | undefined
  readonly emailVerified: boolean
  readonly username: string | undefined
  readonly name: string | undefined
  /** All claims of the ID token; times there are in seconds. */
  readonly claims: Readonly<Record<string, unknown>>
}

const timeoutMs = 10_000

/** Calls the token endpoint (RFC 6749 section 3.2). Throws a `ClientError`. */
export async function requestTokens(config: Config, form: Record<string, string>): Promise<Tokens> {
  const { clientId: client_id, issuer, resource } = config
  const sentAt = Date.now()
  const body = new URLSearchParams({ client_id, ...form, ...(resource && { resource }) })
  const init = { method: 'POST', body, credentials: 'omit', signal: AbortSignal.timeout(timeoutMs) } as const
  const answer = await fetch(`${issuer}/oauth/token`, init).catch((cause: unknown) => {
    const message = 'Sigil does not respond, or the origin of this page is not allowed for the app.'
    throw new ClientError('unavailable', { message, cause })
  })
  const received = await answer.json().catch(() => ({}))
  if (!answer.ok) throw errorOf(answer.status, received)
  const { access_token, refresh_token, id_token, expires_in } = received
  const areTexts = [access_token, refresh_token, id_token].every((text) => typeof text === 'string')
  if (!areTexts || typeof expires_in !== 'number') throw new ClientError('rejected')
  const expiresAt = sentAt + expires_in * 1000
  return { accessToken: access_token, refreshToken: refresh_token, idToken: id_token, expiresAt }
}

function errorOf(status: number, { error, error_description }: Record<string, string>): ClientError {
  if (error === 'invalid_grant') return new ClientError('rejected')
  if (status === 429 || status >= 500) return new ClientError('unavailable')
  return new ClientError('misconfigured', { message: `${error ?? status}: ${error_description ?? ''}` })
}

/**
 * OpenID Connect Core section 3.1.3.7. The token comes from the token endpoint itself over TLS, which proves
 * its issuer (item 6). Throws a `ClientError`.
 */
export function userOfNewToken({ idToken }: Tokens, { issuer, clientId }: Config, nonce?: string): User {
  const user = userIn(idToken)
  const { iss, aud, exp, nonce: presented } = user.claims
  const isFresh = typeof exp === 'number' && exp * 1000 > Date.now() - 5 * 60_000
  const isOfThisSignIn = nonce === undefined || presented === nonce
  if (iss !== issuer || aud !== clientId || !isFresh || !isOfThisSignIn) throw new ClientError('rejected')
  return user
}

/** The user of an ID token. */
export function userIn(idToken: string): User {
  const claims = claimsIn(idToken)
  const text = (name: string) => (typeof claims[name] === 'string' ? (claims[name] as string) : undefined)
  const id = text('sub')
  if (id === undefined) throw new ClientError('rejected')
  return {
    id,
    email: text('email'),
    emailVerified: claims.email_verified === true,
    username: text('preferred_username'),
    name: text('name'),
    claims,
  }
}

function claimsIn(jwt: string): Record<string, unknown> {
  try {
    const binary = atob((jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (byte) => byte.charCodeAt(0))))
  } catch (cause) {
    throw new ClientError('rejected', { cause })
  }
}
