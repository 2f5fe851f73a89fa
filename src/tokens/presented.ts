import { bearerIn, isOfOtherScheme } from '#src/http/authorization.ts'
import type { Call } from '#src/http/call.ts'
import { cookieName, cookieOf } from '#src/http/cookies.ts'

export type PresentedAccessToken = { readonly token: string; readonly via: 'bearer' | 'cookie' }

/** The access token of a call. */
export function presentedAccessToken(
  { header }: Pick<Call, 'header'>,
  secure: boolean,
): PresentedAccessToken | undefined {
  return accessTokenIn(header('authorization'), header('cookie'), cookieName('access', secure))
}

/**
 * The access token in the two headers that may carry one. Bearer takes precedence over the cookie and never
 * falls back to it (RFC 6750 section 2.1). Credentials of another scheme, such as Basic, are not for Sigil
 * and are ignored.
 */
export function accessTokenIn(
  authorization: string | undefined,
  cookies: string | undefined,
  cookie: string,
): PresentedAccessToken | undefined {
  if (authorization !== undefined && !isOfOtherScheme(authorization)) {
    const token = bearerIn(authorization)
    return token === undefined ? undefined : { token, via: 'bearer' }
  }
  const token = cookieOf(cookies, cookie)
  return token === undefined ? undefined : { token, via: 'cookie' }
}

/** The credentials of a program rather than a user: the key by Bearer, or name and key by Basic. */
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

/** RFC 6749 section 2.3.1: name and key are form-encoded. */
function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** The refresh token of a call: from the body, else from the cookie. */
export function presentedRefreshToken(
  { cookies }: Pick<Call, 'cookies'>,
  secure: boolean,
  body: { refresh_token?: string | undefined },
): { token: string; via: 'body' | 'cookie' } | undefined {
  if (body.refresh_token !== undefined) return { token: body.refresh_token, via: 'body' }
  const token = cookies.get(cookieName('refresh', secure))
  return token === undefined ? undefined : { token, via: 'cookie' }
}
