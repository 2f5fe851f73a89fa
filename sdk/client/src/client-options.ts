/**
 * The options of a client. `issuer` and `clientId` are required.
 *
 * @example
 * const options: ClientOptions = { issuer: 'https://auth.example.org', clientId: 'app_…' }
 */
export type ClientOptions = {
  /** The public URL of the Sigil server, without a trailing slash. */
  readonly issuer: string
  /** The client ID that `sigil app add NAME --kind browser` prints. */
  readonly clientId: string
  /** A page of this origin that calls `start()`, registered as a redirect URI. The root, `/`, by default. */
  readonly redirectUri?: string
  /** Where the browser goes after a sign-out, registered as a post-logout URI. `redirectUri` by default. */
  readonly postLogoutUri?: string
  /** The scopes to request: `openid profile email` by default. `openid` is required. */
  readonly scope?: string
  /** The audience of the API that access tokens are for; by default the first API of the app. */
  readonly resource?: string
  /** The origins that `fetch` sends the access token to. By default only the origin of the page. */
  readonly apis?: readonly string[]
  /**
   * Whether `start()` may briefly redirect to Sigil to restore the session after a reload. True by default.
   * With false, a reload signs the user out of the app, unless another tab is open.
   */
  readonly restore?: boolean
}

/** The options, checked and with defaults. */
export type Config = Required<Omit<ClientOptions, 'resource'>> & { readonly resource: string | undefined }

/** Throws a `TypeError` if an option is missing or wrong. */
export function configOf(options: ClientOptions): Config {
  const { issuer, clientId, scope = 'openid profile email', resource, restore = true } = options
  const redirectUri = new URL(options.redirectUri ?? '/', location.origin).href
  const postLogoutUri = new URL(options.postLogoutUri ?? redirectUri, location.origin).href
  const apis = options.apis ?? [location.origin]
  demand(/^https?:\/\/[^/]/.test(issuer) && !issuer.endsWith('/'), 'issuer must not end with a slash')
  demand(typeof clientId === 'string' && clientId !== '', 'clientId is missing')
  demand(scope.split(' ').includes('openid'), 'scope must contain openid')
  demand(new URL(redirectUri).origin === location.origin, 'redirectUri must be a page of this origin')
  demand(
    apis.every((api) => URL.canParse(api) && new URL(api).origin === api),
    'apis must be origins',
  )
  return { issuer, clientId, scope, resource, restore, redirectUri, postLogoutUri, apis }
}

function demand(isValid: boolean, message: string): void {
  if (!isValid) throw new TypeError(`createClient: ${message}.`)
}
