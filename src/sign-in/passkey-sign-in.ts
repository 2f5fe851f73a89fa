import { refuseLeaving } from '#src/accounts/restore.ts'
import type { By } from '#src/audit/by.ts'
import { type PasskeyProof, provePasskey } from '#src/credentials/passkeys/prove.ts'
import { recordFailure } from '#src/sessions/record-failure.ts'
import type { Client } from '#src/sessions/session.ts'
import { next } from '#src/sign-in/attempt.ts'
import { attemptOf, policyFor } from '#src/sign-in/begin.ts'
import { countFailure, countSignIn } from '#src/sign-in/outcomes.ts'
import { proceed, type SignInResult } from '#src/sign-in/proceed.ts'
import { whyUnready } from '#src/sign-in/unready.ts'
import type { Factor } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export type PasskeySignIn = {
  readonly response: unknown
  /** The browser that the challenge was issued to; required. */
  readonly browser: string | undefined
  readonly client: Client
  readonly forPages: boolean
  /** The known-browser cookie, as it was presented. */
  readonly knownBrowser: string | undefined
  readonly by: By
}

export type PasskeySignInResult = SignInResult | { readonly kind: 'rejected' }

/** A role or a name may change while a passkey is checked: that alone does not invalidate it. */
const maxRounds = 3

/** Signs in with a passkey in one call; the passkey identifies the user. */
export async function signInWithPasskey(world: World, input: PasskeySignIn): Promise<PasskeySignInResult> {
  const { response, browser } = input
  const proof: PasskeyProof =
    browser === undefined
      ? { kind: 'wrong', userId: undefined }
      : await provePasskey(world, { response, purpose: 'sign_in', boundTo: browser, userId: undefined })
  if (proof.kind !== 'proven') return rejected(world, input, proof)
  for (let round = 0; round < maxRounds; round++) {
    const user = await findUser(world.db.query, proof.userId)
    if (user) await refuseLeaving(world, user)
    if (user?.state !== 'active') break
    const unready = await whyUnready(world, user, 'passkey')
    if (unready) throw unready
    const result = await signInAs(world, input, { user, factor: proof.factor })
    if (!result) continue
    if (result.kind === 'signed_in') countSignIn(world)
    return result
  }
  return rejected(world, input, { kind: 'wrong', userId: proof.userId })
}

async function signInAs(
  world: World,
  { client, forPages, knownBrowser, by }: PasskeySignIn,
  { user, factor }: { user: User; factor: Factor },
): Promise<SignInResult | undefined> {
  const begun = attemptOf(world, { user, client, purpose: 'sign_in', forPages })
  const attempt = next(begun, factor, policyFor(world, user, 'passkey'))
  return proceed(world, { attempt, user, freshHash: undefined, by, knownBrowser })
}

/** An unknown passkey looks up a user too, and writes the same history row, without one. */
async function rejected(
  world: World,
  { client, by }: PasskeySignIn,
  proof: Exclude<PasskeyProof, { kind: 'proven' }>,
): Promise<PasskeySignInResult> {
  const user = await findUser(world.db.query, proof.userId ?? '')
  await recordFailure(world, { user, client, method: 'passkey' })
  countFailure(world, 'wrong_passkey', { by, method: 'passkey', user })
  return { kind: 'rejected' }
}
