import type { ClientOptions } from './client-options.ts'
import { MemoryClient } from './memory-client.ts'
import type { User } from './tokens.ts'

export { ClientError, type ClientErrorCode } from './client-error.ts'
export type { ClientOptions } from './client-options.ts'
export type { User } from './tokens.ts'

/**
 * Signs users of a single-page app in. The tokens are in memory only, never in storage.
 *
 * @example
 * const sigil = createClient({ issuer: 'https://auth.example.org', clientId: 'app_…' })
 * const user = await sigil.start()
 * if (!user) await sigil.signIn()
 * const notes = await sigil.fetch('/api/notes').then((response) => response.json())
 */
export type Client = {
  /**
   * Call it once when the page has loaded, before anything that reads its URL. Finishes a sign-in that leads
   * here, or takes over the session of another tab, or asks Sigil whether the user is still signed in; for
   * that the browser leaves the page for a moment. Throws a `ClientError` if a sign-in failed.
   */
  start(): Promise<User | undefined>
  /** The signed-in user; undefined if nobody is. */
  readonly user: User | undefined
  /** Leaves for Sigil's sign-in page. Afterwards `start()` leads to `returnTo`, by default this page. */
  signIn(options?: { readonly returnTo?: string }): Promise<never>
  /** Signs out here, in all tabs and at Sigil, and leaves the page. */
  signOut(): Promise<never>
  /**
   * An access token that is good for at least half a minute. It is renewed first where necessary, once for
   * all tabs. Throws a `ClientError`, such as `signed_out`.
   */
  accessToken(): Promise<string>
  /**
   * `fetch` with the access token, for the origins of the option `apis`; others throw a `TypeError`. A token
   * that is rejected with 401 is renewed once, and the request is sent again.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>
  /**
   * Calls the listener when the session has ended: here, in another tab, or elsewhere, which is noticed at
   * the next renewal or rejected request. Returns a function that removes the listener.
   */
  onSignedOut(listener: () => void): () => void
  /** Forgets the tokens and stops talking to other tabs. */
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
