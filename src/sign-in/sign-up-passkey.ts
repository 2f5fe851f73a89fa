import type { z } from 'zod'
import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { checkNewPasskey, newPasskey } from '#src/credentials/passkeys/enrol.ts'
import { signUpOptions, userIdOfChallenge } from '#src/credentials/passkeys/options.ts'
import { amrOfPasskey } from '#src/credentials/passkeys/passkey.ts'
import { insertPasskey, passkeyByCredential } from '#src/credentials/passkeys/passkeys.sql.ts'
import type { CreationOptions, RegistrationResponse } from '#src/credentials/passkeys/schemas.ts'
import { AppError } from '#src/errors/errors.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { Client } from '#src/sessions/session.ts'
import { next } from '#src/sign-in/attempt.ts'
import { attemptOf, policyFor } from '#src/sign-in/begin.ts'
import { countSignIn } from '#src/sign-in/outcomes.ts'
import { proceed, type SignInResult } from '#src/sign-in/proceed.ts'
import { checkedNewcomer, type Newcomer, register, type SignedUp } from '#src/sign-in/sign-up.ts'
import type { Factor } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

/** Returns WebAuthn creation options for a sign-up. The email is required for recovery. */
export async function passkeySignUpOptions(
  world: World,
  { browser, ...input }: Newcomer & { browser: string },
): Promise<z.input<typeof CreationOptions>> {
  const newcomer = checkedNewcomer(world, input)
  return signUpOptions(world, { newcomer, boundTo: boundTo(browser, newcomer.email) })
}

type SigningUp = Newcomer & {
  readonly response: z.output<typeof RegistrationResponse>
  /** The browser that the challenge was issued to; required. */
  readonly browser: string | undefined
  /** The name of the passkey. */
  readonly name: string | undefined
  readonly defaultName: string
}

/** A sign-up with the proof of its new passkey. */
export type SignedUpWithPasskey = { readonly signedUp: SignedUp; readonly factor: Factor }

/**
 * Creates an account whose first factor is a passkey, without a password. A taken email gets the same
 * response as in a sign-up with a password. Throws `passkey_rejected`.
 */
export async function signUpWithPasskey(world: World, input: SigningUp): Promise<SignedUpWithPasskey> {
  const owner = checkedNewcomer(world, input)
  const { browser, response, by } = input
  const bound = browser === undefined ? undefined : boundTo(browser, owner.email)
  const checked = bound && (await checkNewPasskey(world, { response, boundTo: bound, purposes: ['sign_up'] }))
  // The passkey is looked up first, so that the result reveals nothing about the email.
  if (!checked || (await passkeyByCredential(world.db.query, checked.credential.credentialId)))
    throw new AppError('passkey_rejected')
  const { credential } = checked
  const userId = userIdOfChallenge(checked.challenge)
  const passkey = newPasskey(world, { ...input, userId, credential, others: [] })
  const person = { ...owner, id: userId, passwordHash: undefined, roles: ['default_user'] }
  const signedUp = await register(world, {
    input,
    person,
    attach: async (query) => {
      if (!(await insertPasskey(query, passkey))) return false
      await recordEvent(query, world, {
        event: 'factor.added',
        by: asUser(by, userId),
        target: { kind: 'user', id: userId },
        details: { method: 'passkey', passkey: passkey.id },
      })
      return true
    },
  })
  const amr = amrOfPasskey(passkey.deviceType)
  const at = world.clock.now()
  return { signedUp, factor: { kind: 'passkey', amr, at, credentialId: passkey.id, isUserVerified: true } }
}

/** A challenge for one email and browser cannot create an account for another. */
function boundTo(browser: string, email: string): string {
  return hashOf(`${browser}:${email}`)
}

type Entering = {
  readonly user: User
  readonly factor: Factor
  readonly client: Client
  readonly forPages: boolean
  readonly by: By
}

/** Signs in a user who has just signed up with a passkey: creating it has proven it. */
export async function signInSignedUp(
  world: World,
  { user, factor, client, forPages, by }: Entering,
): Promise<SignInResult | undefined> {
  const current = await findUser(world.db.query, user.id)
  if (!current) return undefined
  const begun = attemptOf(world, { user: current, client, purpose: 'sign_up', forPages })
  const attempt = next(begun, factor, policyFor(world, current, 'passkey'))
  const step = { attempt, user: current, freshHash: undefined, by, knownBrowser: undefined }
  const result = await proceed(world, step)
  if (result?.kind === 'signed_in') countSignIn(world)
  return result
}
