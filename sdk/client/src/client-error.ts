/**
 * Why a call failed.
 *
 * | code | meaning |
 * |---|---|
 * | `signed_out` | no user is signed in; call `signIn()` |
 * | `denied` | the user or Sigil denied the sign-in |
 * | `rejected` | the response is not from this issuer, not for this app, or was used before |
 * | `misconfigured` | an option, or the registration of the app, is wrong; the message says which |
 * | `unavailable` | Sigil does not respond: try again soon |
 */
export type ClientErrorCode = 'signed_out' | 'denied' | 'rejected' | 'misconfigured' | 'unavailable'

const messages: Record<ClientErrorCode, string> = {
  signed_out: 'No user is signed in. Call signIn().',
  denied: 'The sign-in was denied.',
  rejected: 'The response to the sign-in is not valid. Sign in again.',
  misconfigured: 'Signing in is not set up correctly.',
  unavailable: 'Signing in is not possible right now. Try again in a moment.',
}

/**
 * The one error that a client throws. Match on its `code`; the union is closed.
 *
 * @example
 * await sigil.fetch('/api/notes').catch((error) => {
 *   if (error instanceof ClientError && error.code === 'signed_out') return sigil.signIn()
 *   throw error
 * })
 */
export class ClientError extends Error {
  override name = 'ClientError'
  readonly code: ClientErrorCode

  constructor(code: ClientErrorCode, { message, cause }: { message?: string; cause?: unknown } = {}) {
    super(message ?? messages[code], cause === undefined ? {} : { cause })
    this.code = code
  }
}
