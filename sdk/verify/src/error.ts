/**
 * Why a token is not accepted.
 *
 * | code | status | meaning |
 * |---|---|---|
 * | `missing` | 401 | the request carries no token, or two |
 * | `malformed` | 401 | not a token that Sigil writes |
 * | `wrong_issuer` | 401 | issued by somebody else |
 * | `wrong_audience` | 401 | issued for another resource server |
 * | `unknown_key` | 401 | signed with a key that the server does not publish |
 * | `bad_signature` | 401 | the signature does not fit |
 * | `expired` | 401 | its time is over |
 * | `revoked` | 401 | its session, its user's tokens or its key were ended |
 * | `forbidden` | 403 | good, but without the role that is asked for |
 * | `unavailable` | 503 | nobody can tell right now: try again soon |
 * | `closed` | 503 | this verifier was closed |
 */
export type VerifyErrorCode =
  | 'missing'
  | 'malformed'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'unknown_key'
  | 'bad_signature'
  | 'expired'
  | 'revoked'
  | 'forbidden'
  | 'unavailable'
  | 'closed'

const sentences: Record<VerifyErrorCode, string> = {
  missing: 'There is no token here. Send one as "Authorization: Bearer TOKEN", once.',
  malformed: 'This is not an access token. Sign in to get one.',
  wrong_issuer: 'The token was issued by somebody else. Sign in here.',
  wrong_audience: 'The token was issued for another audience. Ask for one for this audience.',
  unknown_key: 'The token is signed with an unknown key. Sign in again.',
  bad_signature: 'The signature of the token does not fit. Sign in again.',
  expired: 'The token has expired. Refresh it or sign in again.',
  revoked: 'The token was revoked. Sign in again.',
  forbidden: 'The token is good, but a role is missing. Ask an administrator for it.',
  unavailable: 'Nobody can tell right now whether the token is good. Try again in a moment.',
  closed: 'The verifier was closed. Make a new one.',
}

/**
 * The one error that a verifier throws at a token. Decide by its `code`; the union is closed, so a `switch`
 * over it can be exhaustive.
 *
 * @example
 * try {
 *   await verifier.verify(token)
 * } catch (error) {
 *   if (!(error instanceof VerifyError)) throw error
 *   response.writeHead(error.status).end(error.message)
 * }
 */
export class VerifyError extends Error {
  override name = 'VerifyError'
  readonly code: VerifyErrorCode

  constructor(code: VerifyErrorCode, options?: { cause?: unknown }) {
    super(sentences[code], options)
    this.code = code
  }

  /** The HTTP status that says the same: 401, 403 or 503. */
  get status(): 401 | 403 | 503 {
    if (this.code === 'forbidden') return 403
    return this.code === 'unavailable' || this.code === 'closed' ? 503 : 401
  }
}
