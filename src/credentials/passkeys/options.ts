import type { z } from 'zod'
import { insertChallenge } from '#src/credentials/passkeys/challenges.sql.ts'
import {
  type ChallengePurpose,
  challengeLifetimeMs,
  type Passkey,
} from '#src/credentials/passkeys/passkey.ts'
import { passkeysOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import { rpIdOf } from '#src/credentials/passkeys/relying-party.ts'
import type { CreationOptions, RequestOptions } from '#src/credentials/passkeys/schemas.ts'
import { algorithms } from '#src/credentials/passkeys/verify.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

type Creation = {
  readonly user: User
  readonly sessionId: string
  /** Whether a password manager may add the passkey by itself, without a prompt. */
  readonly isUnasked: boolean
}

/** Returns the options for `navigator.credentials.create()`. The challenge is bound to the session. */
export async function creationOptions(
  world: World,
  { user, sessionId, isUnasked }: Creation,
): Promise<z.input<typeof CreationOptions>> {
  await refuseBeyond(world, { name: 'passkey_options', of: user.id })
  const purpose = isUnasked ? 'register_unasked' : 'register'
  const others = await passkeysOf(world.db.query, user.id)
  const challenge = await newChallenge(world, { purpose, boundTo: sessionId })
  const options = optionsToCreate(world, { user, challenge })
  const { authenticatorSelection: selection } = options
  // A conditional creation cannot verify the user, and would fail if that were required.
  const userVerification = isUnasked ? 'preferred' : 'required'
  return {
    ...options,
    authenticatorSelection: { ...selection, userVerification },
    excludeCredentials: others.map(descriptorOf),
  }
}

type Newcomer = Pick<User, 'email' | 'username' | 'fullName'>

/**
 * The same for a person without an account. Nothing is looked up: the response is the same for a taken email.
 * The challenge contains the id of the future user.
 */
export async function signUpOptions(
  world: World,
  { newcomer, boundTo }: { newcomer: Newcomer; boundTo: string },
): Promise<z.input<typeof CreationOptions>> {
  const challenge = await newChallenge(world, { purpose: 'sign_up', boundTo })
  const user = { ...newcomer, id: userIdOfChallenge(challenge) }
  return { ...optionsToCreate(world, { user, challenge }), excludeCredentials: [] }
}

/** The id of the user who signs up with the response to a challenge: 128 bits, as random as the challenge. */
export function userIdOfChallenge(challenge: string): string {
  return Buffer.from(hashOf(`user:${challenge}`), 'base64url')
    .subarray(0, 16)
    .toString('base64url')
}

function optionsToCreate(
  { settings }: World,
  { user, challenge }: { user: Newcomer & { readonly id: string }; challenge: string },
) {
  const rpId = rpIdOf(settings)
  return {
    rp: { id: rpId, name: rpId },
    user: {
      id: Buffer.from(user.id).toString('base64url'),
      name: user.email,
      displayName: user.fullName ?? user.username ?? user.email,
    },
    challenge,
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key' as const, alg })),
    timeout: challengeLifetimeMs,
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none',
    extensions: { credProps: true },
  } as const
}

type Request = { readonly boundTo: string }

/**
 * Returns the options for `navigator.credentials.get()` to sign in. No passkeys are listed, so that the
 * response is the same for every login: the browser offers those it has for this domain.
 */
export async function signInOptions(
  world: World,
  { boundTo }: Request,
): Promise<z.input<typeof RequestOptions>> {
  return requestOptions(world, { purpose: 'sign_in', boundTo, passkeys: [] })
}

/** The same for a user who is already identified: their passkeys are listed. */
export async function proofOptions(
  world: World,
  { purpose, boundTo, userId }: Request & { purpose: 'second_factor' | 'step_up'; userId: string },
): Promise<z.input<typeof RequestOptions>> {
  await refuseBeyond(world, { name: 'passkey_options', of: userId })
  return requestOptions(world, { purpose, boundTo, passkeys: await passkeysOf(world.db.query, userId) })
}

async function requestOptions(
  world: World,
  { purpose, boundTo, passkeys }: Request & { purpose: ChallengePurpose; passkeys: readonly Passkey[] },
): Promise<z.input<typeof RequestOptions>> {
  return {
    challenge: await newChallenge(world, { purpose, boundTo }),
    timeout: challengeLifetimeMs,
    rpId: rpIdOf(world.settings),
    allowCredentials: passkeys.map(descriptorOf),
    // After another factor, possession of the key is enough.
    userVerification: purpose === 'second_factor' ? 'preferred' : 'required',
  }
}

async function newChallenge(
  { random, clock, db }: World,
  { purpose, boundTo }: { purpose: ChallengePurpose; boundTo: string },
): Promise<string> {
  const challenge = random.bytes(32).toString('base64url')
  const expiresAt = clock.now() + challengeLifetimeMs
  await insertChallenge(db.query, { hash: hashOf(challenge), purpose, boundTo, expiresAt })
  return challenge
}

function descriptorOf({ credentialId, transports }: Passkey) {
  return { id: credentialId, type: 'public-key' as const, transports: [...transports] }
}
