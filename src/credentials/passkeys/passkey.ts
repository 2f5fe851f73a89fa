import type { Instant } from '#src/platform/clock.ts'

export type Passkey = {
  readonly id: string
  readonly userId: string
  /** How the authenticator names it, in base64url. */
  readonly credentialId: string
  /** COSE, in base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly transports: readonly string[]
  /** The make of the authenticator; all zeros where it does not tell. */
  readonly aaguid: string
  readonly name: string
  readonly deviceType: DeviceType
  /** Since when the authenticator has reported a copy of it elsewhere. */
  readonly backedUpAt: Instant | undefined
  readonly userVerifiedAt: Instant | undefined
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | undefined
}

/** WebAuthn section 6.1.3: whether the private key can leave its device. It never changes. */
export type DeviceType = 'single_device' | 'multi_device'

export const maxPasskeysPerUser = 20

/** RFC 8176: a key in hardware, or one that software can copy; and that a person was present. */
export function amrOfPasskey(deviceType: DeviceType): string[] {
  return [deviceType === 'single_device' ? 'hwk' : 'swk', 'user']
}

/** What a challenge is for. One of another purpose proves nothing. */
export type ChallengePurpose = NewPasskeyPurpose | 'sign_in' | 'second_factor' | 'step_up'

/**
 * Why a passkey is made. `register_unasked` is WebAuthn's conditional creation: a password manager adds a
 * passkey after a sign-in with a password, without a prompt.
 */
export type NewPasskeyPurpose = 'register' | 'register_unasked' | 'sign_up'

/** How long a challenge can be answered. */
export const challengeLifetimeMs = 5 * 60 * 1000
