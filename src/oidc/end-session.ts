import { clientIdForm } from '#src/apps/app.ts'
import { findApp } from '#src/apps/find-app.ts'
import { isPostLogoutUriOf } from '#src/apps/loopback.ts'
import { readIdToken } from '#src/oidc/id-token.ts'
import { grantById } from '#src/sessions/grants.sql.ts'
import type { World } from '#src/world/world.ts'

type Request = {
  readonly idTokenHint: string | undefined
  readonly clientId: string | undefined
  readonly postLogoutUri: string | undefined
  readonly state: string | undefined
}

export type LogoutRequest = {
  /** The session that the ID token belongs to; undefined without a valid one. */
  readonly sessionId: string | undefined
  /** The URL that the app wants the browser to go to, if it is registered. */
  readonly returnTo: string | undefined
  /** Whether it requests an address that it has not registered. */
  readonly isRefused: boolean
  /** Whether the operator registered the app. */
  readonly isOfOperator: boolean
}

/**
 * OpenID Connect RP-Initiated Logout section 2: reads the logout request of an app. Without a valid ID token
 * the user is asked, and the browser is never redirected to an unregistered URL.
 */
export async function readLogoutRequest(world: World, request: Request): Promise<LogoutRequest> {
  const { idTokenHint, clientId, postLogoutUri, state } = request
  const hint = idTokenHint === undefined ? undefined : readIdToken(world, idTokenHint)
  const isContradiction = hint && clientId !== undefined && clientId !== hint.aud
  const wanted = isContradiction ? undefined : (hint?.aud ?? clientId)
  // Nothing is fetched for a caller who is not authenticated and names the URL of a document.
  const isKnown = wanted !== undefined && (hint !== undefined || clientIdForm.test(wanted))
  const app = isKnown ? await findApp(world, wanted) : undefined
  const isRegistered = postLogoutUri !== undefined && app && isPostLogoutUriOf(app, postLogoutUri)
  const grant = hint && !isContradiction ? await grantById(world.db.query, hint.sid) : undefined
  return {
    sessionId: grant?.sessionId,
    returnTo: isRegistered ? withState(postLogoutUri, state) : undefined,
    isRefused: postLogoutUri !== undefined && !isRegistered,
    isOfOperator: app?.source === 'operator',
  }
}

/**
 * Where the browser goes after a sign-out. Anyone can register an app or publish a document, so the browser
 * is redirected to such an app only from a session that the app was signed in to: no link of theirs is an
 * open redirect.
 */
export function destinationOf(
  { returnTo, isOfOperator, sessionId }: LogoutRequest,
  caller: { readonly sessionId: string } | undefined,
): string | undefined {
  const isFromSession = sessionId !== undefined && sessionId === caller?.sessionId
  return isOfOperator || isFromSession ? returnTo : undefined
}

function withState(uri: string, state: string | undefined): string {
  if (state === undefined) return uri
  const url = new URL(uri)
  url.searchParams.set('state', state)
  return url.href
}
