import { byCallerOf } from '#src/audit/by.ts'
import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { setCookie } from '#src/http/cookies.ts'
import { type Attempt, attempt } from '#src/pages/form-errors.ts'
import { admittedCookies, withNewAccess } from '#src/pages/page-cookies.ts'
import { withNext } from '#src/pages/sign-in/sign-in-form.ts'
import { end } from '#src/sessions/end.ts'
import { clientOf } from '#src/sessions/session.ts'
import { attemptLifetimeMs } from '#src/sign-in/attempt.ts'
import type { SignedIn } from '#src/sign-in/finish.ts'
import { knownBrowserCookie, presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import type { SignInResult } from '#src/sign-in/proceed.ts'
import { signIn } from '#src/sign-in/sign-in.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

/** A user who is already signed in skips the form, and goes on with a fresh access token. */
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
  const client = clientOf(call)
  const by = byCallerOf(call)
  return attempt(() => signIn(world, { ...typed, client, forPages: true, knownBrowser, by }))
}

/** Goes on to the account or to the page that asks for a second factor. */
export async function proceedOnPage(
  world: World,
  call: Call,
  { result, next }: { result: SignInResult; next: string | undefined },
): Promise<Answer> {
  if (result.kind === 'signed_in') return enter(world, call, { signedIn: result, next })
  const cookie = setCookie('attempt', result.mfaToken, attemptLifetimeMs / 1000, isSecure(world))
  return withCookies(seeOther(withNext('/sign-in/verify', next)), [cookie])
}

/** Ends the session that this browser had on our pages: its cookie is about to be overwritten. */
export async function enter(
  world: World,
  call: Call,
  { signedIn, next }: { signedIn: SignedIn; next: string | undefined },
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
  const cookies = [...admittedCookies(world, signedIn), knownBrowserCookie(world, signedIn.user)]
  return withCookies(seeOther(next ?? '/account'), cookies)
}
