import { byCallerOf } from '#src/audit/by.ts'
import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie, cookieName, setCookie } from '#src/http/cookies.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { type Attempt, attempt } from '#src/pages/form-errors.ts'
import { withNext } from '#src/pages/next.ts'
import { admittedCookies, withNewAccess } from '#src/pages/page-cookies.ts'
import { lastMethodCookie, type Method } from '#src/pages/sign-in/last-method.ts'
import { end } from '#src/sessions/end.ts'
import { clientOf } from '#src/sessions/session.ts'
import { attemptLifetimeMs } from '#src/sign-in/attempt.ts'
import type { SignedIn } from '#src/sign-in/finish.ts'
import { knownBrowserCookie, presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import type { SignInResult } from '#src/sign-in/proceed.ts'
import type { Continued } from '#src/sign-in/prove.ts'
import { signIn } from '#src/sign-in/sign-in.ts'
import { presentedTrustedDevice, trustedDeviceCookie } from '#src/sign-in/trusted-device.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import { furtherKinds } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** A user who is already signed in skips the form, and continues with a fresh access token. */
export async function goOn(world: World, call: Call, next: string | undefined): Promise<Answer> {
  return withNewAccess(world, call, seeOther(next ?? '/account'))
}

/** A page session is always new: a cookie planted before the sign-in does not work after it. */
export async function trySignIn(
  world: World,
  call: Call,
  typed: { login: string; password: string },
): Promise<Attempt<SignInResult>> {
  const knownBrowser = presentedKnownBrowser(world, call)
  const trustedDevice = presentedTrustedDevice(world, call)
  const client = clientOf(call)
  const by = byCallerOf(call)
  return attempt(() => signIn(world, { ...typed, client, forPages: true, knownBrowser, trustedDevice, by }))
}

/** The page that sends a code by mail as a second factor, and asks for it. */
export const verifyByMailPath = '/sign-in/verify-by-mail'

type Going = {
  readonly next: string | undefined
  /** The sign-in method, if this call chose it. */
  readonly method?: Method
  /** Whether the device can store a passkey, as the script of the form has found. */
  readonly canOffer?: boolean
}

/** Continues to the account or to the page that asks for the missing factor. */
export async function proceedOnPage(
  world: World,
  call: Call,
  { result, next, method, canOffer = false }: Going & { readonly result: SignInResult },
): Promise<Answer> {
  if (result.kind === 'signed_in') {
    const target = afterOffer(world, call, { user: result.user, next, canOffer })
    return enter(world, call, { signedIn: result, next: target, ...(method && { method }) })
  }
  const cookie = setCookie('attempt', result.mfaToken, attemptLifetimeMs / 1000, isSecure(world))
  const remembered = method === undefined ? [] : [lastMethodCookie(world, method)]
  return withCookies(seeOther(pageFor(result, next)), [cookie, ...remembered])
}

/** Returns where the user goes after the sign-in: to the offer of a passkey first, if one can be made. */
function afterOffer(
  world: World,
  call: Call,
  { user, next, canOffer }: Pick<Going, 'next' | 'canOffer'> & { user: User },
): string | undefined {
  const isOffered = canOffer && isPasskeyOffered(world, call, user)
  return isOffered ? withNext('/account/passkeys/offer', next) : next
}

/** Users without a passkey are offered one, unless they declined within the last 30 days. */
export function isPasskeyOffered(world: World, { cookies }: Call, { hasPasskey }: User): boolean {
  return !hasPasskey && cookies.get(cookieName('noPasskey', isSecure(world))) === undefined
}

/** The same after a further factor, which may also have completed a reset. */
export async function completeOnPage(
  world: World,
  call: Call,
  { continued, next, canOffer = false }: Going & { readonly continued: Continued },
): Promise<Answer> {
  if (continued.kind === 'password_change_required') return seeOther('/sign-in/new-password')
  const cleared = clearCookie('attempt', isSecure(world))
  if (continued.kind === 'reset')
    return withCookies(seeOtherWithFlash(world, '/sign-in', 'password_reset'), [cleared])
  const { trustedDevice } = continued
  const trusted = trustedDevice === undefined ? [] : [trustedDeviceCookie(world, trustedDevice)]
  const target = afterOffer(world, call, { user: continued.user, next, canOffer })
  return withCookies(await enter(world, call, { signedIn: continued, next: target }), [cleared, ...trusted])
}

function pageFor(result: Exclude<SignInResult, { kind: 'signed_in' }>, next: string | undefined): string {
  if (result.kind === 'password_change_required') return '/sign-in/new-password'
  const [first] = furtherKinds.filter((known) => result.methods.includes(known))
  return withNext(first === 'email_code' ? verifyByMailPath : '/sign-in/verify', next)
}

/** Ends the session that this browser had on our pages: its cookie is about to be overwritten. */
export async function enter(
  world: World,
  call: Call,
  { signedIn, next, method }: Going & { readonly signedIn: SignedIn },
): Promise<Answer> {
  if (call.caller) {
    const { propagated } = await end(world, {
      sessionId: call.caller.sessionId,
      userId: call.caller.userId,
      reason: 'logout',
      by: byCallerOf(call),
    })
    await propagated
  }
  const cookies = [
    ...admittedCookies(world, signedIn),
    knownBrowserCookie(world, signedIn.user),
    ...(method === undefined ? [] : [lastMethodCookie(world, method)]),
  ]
  return withCookies(seeOther(next ?? '/account'), cookies)
}
