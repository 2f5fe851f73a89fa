import { bytesIn } from './jwt.ts'
import { SignInError } from './sign-in-error.ts'

/** The user of a session, from the ID token of the last refresh. */
export type SignedInUser = {
  readonly id: string
  readonly email: string | undefined
  readonly emailVerified: boolean
  readonly username: string | undefined
  readonly name: string | undefined
  /** The roles, with the scope `roles`. */
  readonly roles: readonly string[]
  /** All claims of the ID token; times there are in seconds. */
  readonly claims: Readonly<Record<string, unknown>>
}

type Expected = {
  readonly issuer: string
  readonly clientId: string
  /** Of the sign-in; undefined after a refresh. */
  readonly nonce: string | undefined
  readonly now: number
}

const clockToleranceSeconds = 5 * 60

/**
 * OpenID Connect Core section 3.1.3.7. The token came from the token endpoint itself, over an authenticated
 * connection, so its signature does not have to be checked (item 6). Throws a `SignInError`.
 */
export function userOfNewToken(idToken: string, { issuer, clientId, nonce, now }: Expected): SignedInUser {
  const user = userIn(idToken)
  const { iss, aud, exp, iat, nonce: presented } = user?.claims ?? {}
  const seconds = now / 1000
  const isForUs = iss === issuer && (aud === clientId || (Array.isArray(aud) && aud.join() === clientId))
  const isFresh = typeof exp === 'number' && exp > seconds - clockToleranceSeconds
  const isPast = typeof iat === 'number' && iat < seconds + clockToleranceSeconds
  const isOfThisSignIn = nonce === undefined || presented === nonce
  if (user && isForUs && isFresh && isPast && isOfThisSignIn) return user
  throw new SignInError('rejected', { message: 'The ID token is not for this sign-in of this app.' })
}

/** The user of an ID token; undefined if it is not a JWT with a subject. */
export function userIn(idToken: string): SignedInUser | undefined {
  const claims = claimsIn(idToken)
  if (typeof claims?.sub !== 'string' || claims.sub === '') return undefined
  const { email, preferred_username, name, roles } = claims
  return {
    id: claims.sub,
    email: typeof email === 'string' ? email : undefined,
    emailVerified: claims.email_verified === true,
    username: typeof preferred_username === 'string' ? preferred_username : undefined,
    name: typeof name === 'string' ? name : undefined,
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
    claims,
  }
}

function claimsIn(jwt: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = bytesIn(jwt.split('.')[1] ?? '')
  try {
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
