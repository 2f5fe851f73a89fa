import type { z } from 'zod'
import { takeChallenge } from '#src/credentials/passkeys/challenges.sql.ts'
import { challengeIn } from '#src/credentials/passkeys/client-data.ts'
import { amrOfPasskey, type ChallengePurpose, type Passkey } from '#src/credentials/passkeys/passkey.ts'
import { markPasskeyUsed, passkeyByCredential } from '#src/credentials/passkeys/passkeys.sql.ts'
import { AuthenticationResponse } from '#src/credentials/passkeys/schemas.ts'
import { type VerifiedAssertion, verifyAssertion } from '#src/credentials/passkeys/verify.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { Factor } from '#src/users/factor.ts'
import type { World } from '#src/world/world.ts'

type Proving = {
  /** The response of the authenticator, as the client sent it. */
  readonly response: unknown
  readonly purpose: Exclude<ChallengePurpose, 'register'>
  /** The browser, attempt or session that the challenge was issued to. */
  readonly boundTo: string
  /** The required owner of the passkey. Undefined: the passkey identifies the user. */
  readonly userId: string | undefined
}

export type PasskeyProof =
  | { readonly kind: 'proven'; readonly factor: Factor; readonly userId: string }
  | { readonly kind: 'wrong'; readonly userId: string | undefined }

const wrong: PasskeyProof = { kind: 'wrong', userId: undefined }

/** Checks an assertion. The challenge is used up before anything else is checked. */
export async function provePasskey(world: World, proving: Proving): Promise<PasskeyProof> {
  const { db, clock } = world
  const { purpose, boundTo, userId } = proving
  const parsed = AuthenticationResponse.safeParse(proving.response)
  const challenge = parsed.data && challengeIn(parsed.data.response.clientDataJSON)
  if (!parsed.success || challenge === undefined) return wrong
  const taken = { hash: hashOf(challenge), purpose, boundTo, now: clock.now() }
  if (!(await takeChallenge(db.query, taken))) return wrong
  const response = parsed.data
  const passkey = await passkeyByCredential(db.query, response.id)
  if (!passkey) return wrong
  const isOwn = userId === undefined || passkey.userId === userId
  if (!isOwn || !isForOwner(response, passkey, userId === undefined)) return wrong
  const needsVerifiedUser = purpose !== 'second_factor'
  const verified = await verifyAssertion(world, { response, challenge, passkey, needsVerifiedUser })
  if (!verified || !(await isAccepted(world, passkey, verified)))
    return { kind: 'wrong', userId: passkey.userId }
  return { kind: 'proven', factor: factorOf(world, passkey, verified), userId: passkey.userId }
}

/** WebAuthn section 7.2 step 6: the user handle names the owner. It is required if nothing else does. */
function isForOwner(
  { response: { userHandle } }: z.output<typeof AuthenticationResponse>,
  { userId }: Passkey,
  isRequired: boolean,
): boolean {
  if (userHandle === undefined || userHandle === null || userHandle === '') return !isRequired
  return Buffer.from(userHandle, 'base64url').toString() === userId
}

async function isAccepted(
  { db, clock }: World,
  passkey: Passkey,
  verified: VerifiedAssertion,
): Promise<boolean> {
  if (verified.deviceType !== passkey.deviceType) return false
  const now = clock.now()
  return markPasskeyUsed(db.query, {
    id: passkey.id,
    counter: verified.counter,
    backedUpAt: verified.isBackedUp ? (passkey.backedUpAt ?? now) : undefined,
    userVerifiedAt: verified.isUserVerified ? now : passkey.userVerifiedAt,
    now,
  })
}

function factorOf(
  { clock }: World,
  { id, deviceType }: Passkey,
  { isUserVerified }: VerifiedAssertion,
): Factor {
  const amr = amrOfPasskey(deviceType)
  return { kind: 'passkey', amr, at: clock.now(), credentialId: id, isUserVerified }
}
