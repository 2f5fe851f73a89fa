/** The cookies of one request. A name that was sent twice is ignored: either of the two could be planted. */
export type Cookies = { get(name: string): string | undefined; readonly any: boolean }

export function readCookies(header: string | undefined): Cookies {
  return { get: (name) => cookieOf(header, name), any: header !== undefined && header !== '' }
}

/** The value of a cookie in a `Cookie` header, or undefined where it is missing or sent more than once. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  if (!header) return undefined
  const wanted = `${name}=`
  let found: string | undefined
  for (let at = 0; at < header.length; ) {
    const semicolon = header.indexOf(';', at)
    const end = semicolon === -1 ? header.length : semicolon
    while (at < end && (header[at] === ' ' || header[at] === '\t')) at++
    if (header.startsWith(wanted, at)) {
      if (found !== undefined) return undefined
      found = header.slice(at + wanted.length, end).trimEnd()
    }
    at = end + 1
  }
  return found === '' ? undefined : found
}

type CookieKind = {
  readonly name: string
  readonly path: string
  readonly sameSite: 'Lax' | 'Strict'
  /** RFC 6265bis section 4.1.3: `__Host-` requires the path `/`, `__Secure-` allows any. */
  readonly prefix: '__Host-' | '__Secure-'
  readonly httpOnly: boolean
}

/**
 * The proxies in `deploy/` remove these cookies before an app receives a request. A new name begins with
 * `sigil_`.
 */
const kinds = {
  access: { name: 'access_token', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  refresh: {
    name: 'refresh_token',
    path: '/api/v1/auth',
    sameSite: 'Strict',
    prefix: '__Secure-',
    httpOnly: true,
  },
  session: { name: 'session', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  knownBrowser: {
    name: 'known_browser',
    path: '/',
    sameSite: 'Lax',
    prefix: '__Host-',
    httpOnly: true,
  },
  /** A sign-in on a page that waits for a second factor. */
  attempt: { name: 'sigil_attempt', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  /** Binds the challenges of passkeys to the browser that requested them. */
  passkeyBrowser: {
    name: 'sigil_passkey_browser',
    path: '/',
    sameSite: 'Strict',
    prefix: '__Host-',
    httpOnly: true,
  },
  /** The offer to add a passkey was declined. */
  noPasskey: { name: 'sigil_no_passkey', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  /** A trusted device, on which the second factor is skipped for a while. */
  trustedDevice: {
    name: 'sigil_trusted_device',
    path: '/',
    sameSite: 'Lax',
    prefix: '__Host-',
    httpOnly: true,
  },
  /** The browser that requested a sign-in code: the link in the email works only there. */
  codeBrowser: { name: 'sigil_code', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  /** Binds a visit to an identity provider to this browser. */
  upstream: { name: 'sigil_upstream', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  /** A connection to an identity provider that waits to be confirmed. */
  link: { name: 'sigil_link', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  /** How this browser signed in last, for a hint on the sign-in page. */
  lastMethod: { name: 'sigil_last_method', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  /** Set by a script of the pages: the time zone of the browser. */
  zone: { name: 'sigil_zone', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: false },
  /** An account that is being deleted, and can be restored in this browser: its owner has just signed in. */
  restore: { name: 'sigil_restore', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  /** An authorization request that waits for its user; the path is that of the request. */
  interaction: {
    name: 'sigil_interaction',
    path: '/oauth/authorize',
    sameSite: 'Lax',
    prefix: '__Secure-',
    httpOnly: true,
  },
  /** Binds such a request to the browser that sent it. */
  resume: {
    name: 'sigil_resume',
    path: '/oauth/authorize',
    sameSite: 'Lax',
    prefix: '__Secure-',
    httpOnly: true,
  },
  /** On the host of an app behind a proxy: gives access to that app only. */
  ticket: { name: 'sigil_ticket', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  /**
   * On the same host: the browser in which a sign-in to the app began, the only one that can use its code.
   */
  appBrowser: { name: 'sigil_app_browser', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  language: { name: 'language', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
  flash: { name: 'sigil_flash', path: '/', sameSite: 'Lax', prefix: '__Host-', httpOnly: true },
} as const satisfies Record<string, CookieKind>

export type CookieName = keyof typeof kinds

/** The name on the wire: over https the prefix keeps subdomains and plain http from setting the cookie. */
export function cookieName(cookie: CookieName, secure: boolean): string {
  const kind = kinds[cookie]
  return secure ? kind.prefix + kind.name : kind.name
}

export function setCookie(cookie: CookieName, value: string, maxAgeSeconds: number, secure: boolean): string {
  const kind = kinds[cookie]
  const name = cookieName(cookie, secure)
  const parts = [`${name}=${value}`, `Path=${kind.path}`, `Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}`]
  if (kind.httpOnly) parts.push('HttpOnly')
  if (secure) parts.push('Secure')
  parts.push(`SameSite=${kind.sameSite}`)
  return parts.join('; ')
}

/** The attributes must be those it was set with, or the browser keeps it. */
export function clearCookie(cookie: CookieName, secure: boolean): string {
  return setCookie(cookie, '', 0, secure)
}
