/**
 * Why a sign-in, or reading a session, failed.
 *
 * | code | status | meaning |
 * |---|---|---|
 * | `expired` | 400 | the sign-in took too long, was finished before, or began in another browser |
 * | `rejected` | 400 | the response is not from this issuer, or its ID token is not for this app |
 * | `denied` | 403 | the user or Sigil denied the sign-in |
 * | `misconfigured` | 500 | an option is wrong; the message says which |
 * | `unavailable` | 503 | Sigil, or the store of sessions, does not respond: try again soon |
 */
export type SignInErrorCode = 'expired' | 'rejected' | 'denied' | 'misconfigured' | 'unavailable'

const messages: Record<SignInErrorCode, string> = {
  expired: 'This sign-in has expired or was started in another browser. Start again.',
  rejected: 'The response to this sign-in is not valid. Start again.',
  denied: 'The sign-in was denied.',
  misconfigured: 'Signing in is not set up correctly.',
  unavailable: 'Signing in is not possible right now. Try again in a moment.',
}

const statuses = { expired: 400, rejected: 400, denied: 403, misconfigured: 500, unavailable: 503 } as const

/**
 * The one error that the sign-in handlers throw or log. Match on its `code`; the union is closed.
 *
 * @example
 * app.use((error, request, response, next) => {
 *   if (!(error instanceof SignInError)) return next(error)
 *   response.status(error.status).send(error.title)
 * })
 */
export class SignInError extends Error {
  override name = 'SignInError'
  readonly code: SignInErrorCode

  constructor(code: SignInErrorCode, options: { cause?: unknown; message?: string } = {}) {
    const { message = messages[code], cause } = options
    super(message, cause === undefined ? {} : { cause })
    this.code = code
  }

  /** The HTTP status for this error. */
  get status(): 400 | 403 | 500 | 503 {
    return statuses[this.code]
  }

  /** A sentence for the user. The message may contain details for the operator of the app. */
  get title(): string {
    return messages[this.code]
  }
}
