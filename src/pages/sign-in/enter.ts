import { byCallerOf } from '#src/audit/by.ts'
import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Attempt, attempt } from '#src/pages/form-errors.ts'
import { admittedCookies, withNewAccess } from '#src/pages/page-cookies.ts'
import { end } from '#src/sessions/end.ts'
import { clientOf } from '#src/sessions/session.ts'
import type { Admitted } from '#src/sign-in/admit.ts'
import { knownBrowserCookie, presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import { signIn } from '#src/sign-in/sign-in.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

type SignedIn = Admitted & { readonly user: User }

/** A user who is already signed in skips the form, and goes on with a fresh access token. */
export async function goOn(world: World, call: Call, next: string | undefined): Promise<Answer> {
  return withNewAccess(world, call, seeOther(next ?? '/account'))
}

/** A page session is always new: a cookie planted before the sign-in does not work after it. */
export async function trySignIn(
  world: World,
  call: Call,
  typed: { login: string; password: string },
): Promise<Attempt<SignedIn>> {
  const knownBrowser = presentedKnownBrowser(world, call)
  const client = clientOf(call)
  const by = byCallerOf(call)
  return attempt(() => signIn(world, { ...typed, client, forPages: true, knownBrowser, by }))
}

/** Ends the previous page session of this browser, whose cookie is about to be overwritten. */
export async function enter(
  world: World,
  call: Call,
  { signedIn, next }: { signedIn: SignedIn; next: string | undefined },
): Promise<Answer> {
  if (call.caller) {
    const { propagated } = await end(world, {
      sessionId: call.caller.sessionId,
      reason: 'logout',
      by: byCallerOf(call),
    })
    await propagated
  }
  const cookies = [...admittedCookies(world, signedIn), knownBrowserCookie(world, signedIn.user.id)]
  return withCookies(seeOther(next ?? '/account'), cookies)
}
