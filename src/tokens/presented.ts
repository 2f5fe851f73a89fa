import { bearerIn, isOfOtherScheme } from '#src/http/authorization.ts'
import type { Call } from '#src/http/call.ts'
import { cookieName } from '#src/http/cookies.ts'

type Headers = Pick<Call, 'header' | 'cookies'>

/**
 * The access token of a call: Bearer beats the cookie and never falls back to it (RFC 6750 section 2.1).
 * Another scheme is for somebody else, and beats nothing.
 */
export function presentedAccessToken(
  { header, cookies }: Headers,
  secure: boolean,
): { token: string; via: 'bearer' | 'cookie' } | undefined {
  const authorization = header('authorization')
  if (authorization !== undefined && !isOfOtherScheme(authorization)) {
    const token = bearerIn(authorization)
    return token === undefined ? undefined : { token, via: 'bearer' }
  }
  const token = cookies.get(cookieName('access', secure))
  return token === undefined ? undefined : { token, via: 'cookie' }
}

/** The key of a program that is no user's session: by Bearer, or by Basic beside its name. */
export function clientIn(authorization: string): { key: string; name: string | undefined } | undefined {
  const bearer = bearerIn(authorization)
  if (bearer !== undefined) return { key: bearer, name: undefined }
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization) ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1) return undefined
  const [name, key] = [text.slice(0, colon), text.slice(colon + 1)].map(formDecoded)
  return name === undefined || key === undefined ? undefined : { name, key }
}

/** RFC 6749 section 2.3.1: both halves are encoded as in a form. */
function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** The refresh token of a call: what the body says, else the cookie. */
export function presentedRefreshToken(
  { cookies }: Headers,
  secure: boolean,
  body: { refresh_token?: string | undefined },
): { token: string; via: 'body' | 'cookie' } | undefined {
  if (body.refresh_token !== undefined) return { token: body.refresh_token, via: 'body' }
  const token = cookies.get(cookieName('refresh', secure))
  return token === undefined ? undefined : { token, via: 'cookie' }
}
