import type { Fetch } from './server.ts'
import type { Verifier } from './verifier.ts'

/**
 * A store for sessions instead of the cookie: a database, or Redis. Values are encrypted.
 *
 * @example
 * const store: SessionStore = {
 *   get: (key) => redis.get(key),
 *   set: (key, value, seconds) => redis.set(key, value, { EX: seconds }),
 *   delete: (key) => redis.del(key),
 * }
 */
export type SessionStore = {
  get(key: string): Promise<string | null | undefined> | string | null | undefined
  set(key: string, value: string, seconds: number): unknown
  delete(key: string): unknown
}

/**
 * The options of `createSignIn` and `nodeSignIn`. All except the last few are required.
 *
 * @example
 * const options: SignInOptions = {
 *   issuer: 'https://auth.example.org',
 *   clientId: process.env.CLIENT_ID ?? '',
 *   clientSecret: process.env.CLIENT_SECRET ?? '',
 *   appUrl: 'https://shop.example.org',
 *   cookieSecret: process.env.COOKIE_SECRET ?? '',
 * }
 */
export type SignInOptions = {
  /** The public URL of the Sigil server, without a trailing slash. */
  readonly issuer: string
  /** The client ID that `sigil app add NAME --kind web` prints; it starts with `app_`. */
  readonly clientId: string
  /** The client secret that the same command prints once. */
  readonly clientSecret: string
  /** The public URL of this app, without a path or a trailing slash. */
  readonly appUrl: string
  /**
   * The secret that encrypts cookies: at least 32 random characters, the same in all processes of the app. If
   * there are several, the first encrypts and all decrypt.
   */
  readonly cookieSecret: string | readonly string[]
  /** Ends a session the moment its tokens are revoked. Its audience must be an API of the app itself. */
  readonly verifier?: Pick<Verifier, 'verify'>
  /** The scopes to request: `openid profile email` by default. `openid` is required. */
  readonly scope?: string
  /** The audience of the API that access tokens are for; by default the first API of the app. */
  readonly resource?: string
  /** The store of sessions; by default the encrypted cookie. */
  readonly store?: SessionStore
  /** The path of the callback handler, a redirect URI of the app: `/callback` by default. */
  readonly callbackPath?: string
  /** The path of the sign-in handler: `/sign-in` by default. */
  readonly signInPath?: string
  /** Where a browser goes after it has signed out, a post-logout URI of the app: `/` by default. */
  readonly signedOutPath?: string
  /** A page of the app that shows errors of a sign-in; it gets `?error=CODE`. By default a plain page. */
  readonly errorPath?: string
  /** The prefix of cookie names: `app` by default. Apps on one host need different ones. */
  readonly cookiePrefix?: string
  /** The URL of the server, if it is not the issuer, such as `http://sigil:8000` inside a cluster. */
  readonly serverUrl?: string
  /** Called with a message when a sign-in fails; `console.warn` by default, `false` for silence. */
  readonly log?: ((message: string) => void) | false
  /** Replaces the global `fetch`. */
  readonly fetch?: Fetch
  /** Replaces the clock of the machine. */
  readonly clock?: { now(): number }
}

/** The options, checked and with defaults. */
export type SignInConfig = {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly appUrl: string
  readonly secrets: readonly string[]
  readonly verifier: Pick<Verifier, 'verify'> | undefined
  readonly scope: string
  readonly resource: string | undefined
  readonly store: SessionStore | undefined
  readonly redirectUri: string
  readonly signInPath: string
  readonly signedOutUri: string
  readonly errorPath: string | undefined
  readonly isSecure: boolean
  readonly cookies: { readonly session: string; readonly started: string }
  readonly serverUrl: string
  readonly log: (message: string) => void
  readonly fetch: Fetch
  readonly now: () => number
}

/** Throws a `TypeError` if an option is missing or wrong. */
export function signInConfigOf(options: SignInOptions): SignInConfig {
  const { issuer, clientId, clientSecret, appUrl, scope = 'openid profile email', log, clock } = options
  const { callbackPath = '/callback', signInPath = '/sign-in', signedOutPath = '/', errorPath } = options
  const { serverUrl = issuer, cookiePrefix = 'app' } = options
  const secrets = [options.cookieSecret].flat()
  demand(isBase(issuer), 'issuer must be the public URL of the Sigil server, without a trailing slash.')
  demand(isBase(serverUrl), 'serverUrl must be a URL without a trailing slash.')
  demand(isText(clientId), 'clientId must be a client ID, printed by `sigil app add NAME --kind web`.')
  demand(isText(clientSecret), 'clientSecret must be the client secret of the app.')
  demand(isOrigin(appUrl), 'appUrl must be the public URL of this app, without a path.')
  const areLong = secrets.length > 0 && secrets.every((secret) => isText(secret) && secret.length >= 32)
  demand(areLong, 'cookieSecret must have at least 32 random characters: `openssl rand -base64 32`.')
  demand(scope.split(' ').includes('openid'), 'scope must contain openid.')
  demand(/^[\w-]+$/.test(cookiePrefix), 'cookiePrefix must consist of letters, digits, _ and -.')
  const paths = [callbackPath, signInPath, signedOutPath, ...(errorPath === undefined ? [] : [errorPath])]
  demand(paths.every(isPath), 'paths must begin with a slash.')
  const isSecure = appUrl.startsWith('https:')
  // The browser accepts a cookie of this name only over https, for this host and all its paths.
  const prefix = `${isSecure ? '__Host-' : ''}${cookiePrefix}`
  return {
    ...{ issuer, clientId, clientSecret, appUrl, secrets, scope, serverUrl, signInPath, errorPath, isSecure },
    ...{ verifier: options.verifier, resource: options.resource, store: options.store },
    redirectUri: appUrl + callbackPath,
    signedOutUri: appUrl + signedOutPath,
    cookies: { session: `${prefix}_session`, started: `${prefix}_sign_in` },
    log: log === false ? () => {} : (log ?? ((message) => console.warn(message))),
    fetch: options.fetch ?? ((...call) => globalThis.fetch(...call)),
    now: clock ? () => clock.now() : () => Date.now(),
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isBase(value: unknown): boolean {
  return isText(value) && /^https?:\/\//.test(value) && !value.endsWith('/') && originOf(value) !== undefined
}

function isOrigin(value: unknown): boolean {
  return isText(value) && isBase(value) && originOf(value) === value
}

function isPath(value: unknown): boolean {
  return isText(value) && /^\/(?![/\\])/.test(value)
}

function originOf(url: string): string | undefined {
  try {
    return new URL(url).origin
  } catch {
    return undefined
  }
}

function demand(isValid: boolean, message: string): void {
  if (!isValid) throw new TypeError(`createSignIn: ${message}`)
}
