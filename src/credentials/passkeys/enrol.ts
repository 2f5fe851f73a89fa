import type { z } from 'zod'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { authenticatorName } from '#src/credentials/passkeys/authenticators.ts'
import { takeChallenge } from '#src/credentials/passkeys/challenges.sql.ts'
import { challengeIn } from '#src/credentials/passkeys/client-data.ts'
import {
  maxPasskeysPerUser,
  type NewPasskeyPurpose,
  type Passkey,
} from '#src/credentials/passkeys/passkey.ts'
import { insertPasskey, passkeysOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import type { RegistrationResponse } from '#src/credentials/passkeys/schemas.ts'
import { type NewCredential, verifyRegistration } from '#src/credentials/passkeys/verify.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import { refreshSecondFactors } from '#src/users/second-factors.sql.ts'
import type { User } from '#src/users/user.ts'
import { lockUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Response = z.output<typeof RegistrationResponse>

type Enrolment = {
  readonly user: User
  readonly sessionId: string
  readonly response: Response
  readonly name: string | undefined
  /** The name if the user chose none and the product is unknown. */
  readonly defaultName: string
  readonly by: By
}

/** Adds a passkey. Needs a recent proof and a response to a challenge of this session. */
export async function enrolPasskey(world: World, enrolment: Enrolment): Promise<Passkey> {
  const { user, sessionId, response, by } = enrolment
  await refuseBeyond(world, { name: 'passkeys', of: user.id })
  await requireRecentProof(world, { user, sessionId })
  const checked = await checkNewPasskey(world, { response, boundTo: sessionId, purposes: ofSessions })
  if (!checked) throw new AppError('passkey_rejected')
  const { credential } = checked
  const outcome = await world.db.transaction(async (query) => {
    const locked = await lockUser(query, user.id)
    // If the user's sessions were ended in the meantime, for example by a changed password, this fails too.
    if (locked?.signature !== user.signature) return 'not_signed_in'
    const others = await passkeysOf(query, user.id)
    if (others.length >= maxPasskeysPerUser) return 'too_many_passkeys'
    const passkey = newPasskey(world, { ...enrolment, userId: user.id, credential, others })
    if (!(await insertPasskey(query, passkey))) return 'passkey_rejected'
    await refreshSecondFactors(query, user.id)
    await recordEvent(query, world, {
      event: 'factor.added',
      by,
      target: { kind: 'user', id: user.id },
      details: { method: 'passkey', passkey: passkey.id },
    })
    return passkey
  })
  if (typeof outcome === 'string') throw new AppError(outcome)
  return outcome
}

const ofSessions = ['register', 'register_unasked'] as const

type Checked = { readonly credential: NewCredential; readonly challenge: string }

/**
 * Checks an authenticator's response to a challenge that was issued for this purpose. The challenge is used
 * up before anything else is checked.
 */
export async function checkNewPasskey(
  world: World,
  {
    response,
    boundTo,
    purposes,
  }: { response: Response; boundTo: string; purposes: readonly NewPasskeyPurpose[] },
): Promise<Checked | undefined> {
  const { db, clock } = world
  const challenge = challengeIn(response.response.clientDataJSON)
  if (challenge === undefined) return undefined
  for (const purpose of purposes) {
    const taken = { hash: hashOf(challenge), purpose, boundTo, now: clock.now() }
    if (!(await takeChallenge(db.query, taken))) continue
    const isUnasked = purpose === 'register_unasked'
    const credential = await verifyRegistration(world, { response, challenge, isUnasked })
    return credential && { credential, challenge }
  }
  return undefined
}

const knownTransports = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']

type Named = Pick<Enrolment, 'response' | 'name' | 'defaultName'>

export function newPasskey(
  { random, clock }: World,
  {
    userId,
    response,
    name,
    defaultName,
    credential,
    others,
  }: Named & { userId: string; credential: NewCredential; others: readonly Passkey[] },
): Passkey {
  const now = clock.now()
  const { isBackedUp, isUserVerified, ...stored } = credential
  const transports = response.response.transports ?? []
  return {
    ...stored,
    id: randomId(random),
    userId,
    transports: knownTransports.filter((one) => transports.includes(one)),
    name: name?.trim() || nameFor(authenticatorName(credential.aaguid) ?? defaultName, others),
    backedUpAt: isBackedUp ? now : undefined,
    userVerifiedAt: isUserVerified ? now : undefined,
    createdAt: now,
    lastUsedAt: undefined,
  }
}

/** The name, with a number if the user already has a passkey of that name. */
function nameFor(product: string, others: readonly Passkey[]): string {
  const names = new Set(others.map(({ name }) => name))
  if (!names.has(product)) return product
  const numbered = others.map((_, index) => `${product} ${index + 2}`)
  return numbered.find((name) => !names.has(name)) ?? product
}
