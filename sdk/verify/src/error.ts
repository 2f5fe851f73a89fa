/**
 * Why a token is not accepted.
 *
 * | code | status | meaning |
 * |---|---|---|
 * | `missing` | 401 | the request carries no token, or two |
 * | `malformed` | 401 | not an access token of Sigil |
 * | `unsupported` | 401 | uses a feature that this verifier does not know |
 * | `wrong_issuer` | 401 | issued by another server |
 * | `wrong_audience` | 401 | issued for another resource server |
 * | `wrong_client` | 401 | issued to a client that is not allowed |
 * | `unknown_key` | 401 | signed with a key that the server does not publish |
 * | `bad_signature` | 401 | the JWS signature is wrong |
 * | `not_yet_valid` | 401 | issued more than five minutes in the future |
 * | `expired` | 401 | expired |
 * | `revoked` | 401 | its session, its user's tokens or its key were revoked |
 * | `forbidden` | 403 | valid, but a required role is missing |
 * | `missing_scope` | 403 | valid, but a required scope was not granted |
 * | `invalid_proof` | 401 | bound to a key, without a valid proof of that key |
 * | `unavailable` | 503 | cannot be decided right now: try again soon |
 * | `misconfigured` | 503 | from `ready()` only: wrong issuer, audience or verifier key |
 * | `closed` | 503 | this verifier was closed |
 */
export type VerifyErrorCode =
  | 'missing'
  | 'malformed'
  | 'unsupported'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'wrong_client'
  | 'unknown_key'
  | 'bad_signature'
  | 'not_yet_valid'
  | 'expired'
  | 'revoked'
  | 'forbidden'
  | 'missing_scope'
  | 'invalid_proof'
  | 'unavailable'
  | 'misconfigured'
  | 'closed'

const messages: Record<VerifyErrorCode, string> = {
  missing: 'The request carries no access token. Send one as "Authorization: Bearer TOKEN", once.',
  malformed: 'This is not an access token. Sign in to get one.',
  unsupported: 'The token uses a feature that is not supported here. Request a plain Bearer token.',
  wrong_issuer: 'The token was issued by another server. Sign in here.',
  wrong_audience: 'The token was issued for another audience. Request one for this audience.',
  wrong_client: 'The token was issued to a client that is not allowed here.',
  unknown_key: 'The token is signed with an unknown key. Sign in again.',
  bad_signature: 'The signature of the token is wrong. Sign in again.',
  not_yet_valid: 'The token is not valid yet. Check the clocks of both servers.',
  expired: 'The token has expired. Refresh it or sign in again.',
  revoked: 'The token was revoked. Sign in again.',
  forbidden: 'The token is valid, but a required role is missing. Ask an administrator for it.',
  missing_scope: 'The token is valid, but a required scope was not granted. Request it and sign in again.',
  invalid_proof: 'The token is bound to a key, and no valid DPoP proof of it was sent. Send a new one.',
  unavailable: 'Tokens cannot be checked right now. Try again in a moment.',
  misconfigured: 'The verifier is misconfigured.',
  closed: 'The verifier was closed. Create a new one.',
}

/**
 * The one error that a verifier throws. Match on its `code`; the union is closed, so a `switch` over it can
 * be exhaustive.
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

  constructor(code: VerifyErrorCode, options: { cause?: unknown; message?: string } = {}) {
    const { message = messages[code], cause } = options
    super(message, cause === undefined ? {} : { cause })
    this.code = code
  }

  /** The HTTP status for this error: 401, 403 or 503. */
  get status(): 401 | 403 | 503 {
    if (this.code === 'forbidden' || this.code === 'missing_scope') return 403
    return ['unavailable', 'misconfigured', 'closed'].includes(this.code) ? 503 : 401
  }
}
