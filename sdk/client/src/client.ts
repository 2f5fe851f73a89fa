import type { ClientOptions } from './client-options.ts'
import { MemoryClient } from './memory-client.ts'
import type { User } from './tokens.ts'

export { ClientError, type ClientErrorCode } from './client-error.ts'
export type { ClientOptions } from './client-options.ts'
export type { User } from './tokens.ts'

/**
 * Signs users in to a single-page app. The tokens are in memory only, never in storage.
 *
 * @example
 * const sigil = createClient({ issuer: 'https://auth.example.org', clientId: 'app_…' })
 * const user = await sigil.start()
 * if (!user) await sigil.signIn()
 * const notes = await sigil.fetch('/api/notes').then((response) => response.json())
 */
export type Client = {
  /**
   * Call it once when the page has loaded, before anything that reads its URL. Finishes a sign-in, takes over
   * the session of another tab, or checks with Sigil whether the user is still signed in, which briefly
   * redirects the browser. Throws a `ClientError` if a sign-in failed.
   */
  start(): Promise<User | undefined>
  /** The signed-in user; undefined if there is none. */
  readonly user: User | undefined
  /** Redirects to Sigil's sign-in page. Afterwards `start()` returns to `returnTo`, by default this page. */
  signIn(options?: { readonly returnTo?: string }): Promise<never>
  /** Signs out in all tabs and at Sigil, and leaves the page. */
  signOut(): Promise<never>
  /**
   * An access token that is valid for at least half a minute. It is renewed first if necessary, once for all
   * tabs. Throws a `ClientError`, such as `signed_out`.
   */
  accessToken(): Promise<string>
  /**
   * `fetch` with the access token, for the origins of the option `apis`; others throw a `TypeError`. A token
   * that is rejected with 401 is renewed once, and the request is sent again.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>
  /**
   * Calls the listener when the session has ended: here, in another tab, or elsewhere, which is detected at
   * the next renewal or rejected request. Returns a function that removes the listener.
   */
  onSignedOut(listener: () => void): () => void
  /** Discards the tokens and disconnects from other tabs. */
  close(): void
}

/** Creates a client. Throws a `TypeError` if an option is missing or wrong. */
export function createClient(options: ClientOptions): Client {
  const client = new MemoryClient(options)
  return {
    start: () => client.start(),
    get user() {
      return client.user
    },
    signIn: ({ returnTo = location.href } = {}) => client.signIn(returnTo),
    signOut: () => client.signOut(),
    accessToken: () => client.accessToken(),
    fetch: (input, init) => client.fetch(input, init),
    onSignedOut: (listener) => client.onSignedOut(listener),
    close: () => client.close(),
  }
}
