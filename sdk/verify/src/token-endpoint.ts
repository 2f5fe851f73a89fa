import { reasonOf } from './reason.ts'
import { SignInError } from './sign-in-error.ts'
import type { SignInConfig } from './sign-in-options.ts'

const timeoutMs = 10_000

/** The response of the token endpoint, for a code or a refresh token. */
export type Tokens = {
  readonly accessToken: string
  readonly refreshToken: string
  readonly idToken: string
  readonly scope: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** Redeems the code of a callback (RFC 6749 section 4.1.3). Throws a `SignInError`. */
export async function redeemCode(
  config: SignInConfig,
  { code, verifier }: { code: string; verifier: string },
): Promise<Tokens> {
  const form = { code, code_verifier: verifier, redirect_uri: config.redirectUri }
  return tokensFrom(config, { grant_type: 'authorization_code', ...form })
}

/** Refreshes the tokens of a session; undefined if it has ended. Throws a `SignInError`. */
export async function refreshTokens(config: SignInConfig, refreshToken: string): Promise<Tokens | undefined> {
  try {
    return await tokensFrom(config, { grant_type: 'refresh_token', refresh_token: refreshToken })
  } catch (error) {
    if (error instanceof SignInError && error.code === 'expired') return undefined
    throw error
  }
}

/** Revokes the grant of a refresh token, and with it every token of the session (RFC 7009). Never throws. */
export async function revokeTokens(config: SignInConfig, refreshToken: string): Promise<void> {
  try {
    const { status } = await post(config, '/oauth/revoke', { token: refreshToken })
    if (status !== 200) config.log(`Sigil did not revoke the tokens of a session: status ${status}.`)
  } catch (error) {
    config.log(`Sigil did not revoke the tokens of a session: ${reasonOf(error)}`)
  }
}

async function tokensFrom(config: SignInConfig, form: Record<string, string>): Promise<Tokens> {
  const resource = config.resource === undefined ? {} : { resource: config.resource }
  // Counted from before the request, so that the token never counts as valid for longer than it is.
  const sentAt = config.now()
  const { status, body } = await post(config, '/oauth/token', { ...form, ...resource })
  if (status !== 200) throw errorFrom(status, body)
  const { access_token, refresh_token, id_token, scope = '', expires_in } = body
  const areTexts = [access_token, refresh_token, id_token, scope].every((one) => typeof one === 'string')
  if (!areTexts || typeof expires_in !== 'number') throw new SignInError('rejected')
  const texts = { access_token, refresh_token, id_token, scope } as Record<string, string>
  return {
    accessToken: texts.access_token ?? '',
    refreshToken: texts.refresh_token ?? '',
    idToken: texts.id_token ?? '',
    scope: texts.scope ?? '',
    expiresAt: sentAt + expires_in * 1000,
  }
}

/** RFC 6749 section 5.2. */
function errorFrom(status: number, { error, error_description }: Record<string, unknown>): SignInError {
  if (error === 'invalid_grant') return new SignInError('expired')
  if (status === 429 || status >= 500) return new SignInError('unavailable')
  const message = `Sigil rejected the request of this app: ${error ?? status}. ${error_description ?? ''}`
  return new SignInError('misconfigured', { message: message.trim() })
}

async function post(config: SignInConfig, path: string, form: Record<string, string>) {
  const { clientId, clientSecret, serverUrl, fetch } = config
  // RFC 6749 section 2.3.1: both parts are form-encoded.
  const credentials = btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`)
  try {
    const answer = await fetch(serverUrl + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${credentials}`,
      },
      body: new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'manual',
      cache: 'no-store',
    })
    const body: unknown = await answer.json().catch(() => undefined)
    const isObject = typeof body === 'object' && body !== null
    return { status: answer.status, body: isObject ? (body as Record<string, unknown>) : {} }
  } catch (cause) {
    throw new SignInError('unavailable', { cause })
  }
}
