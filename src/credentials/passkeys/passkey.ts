import type { Instant } from '#src/platform/clock.ts'

export type Passkey = {
  readonly id: string
  readonly userId: string
  /** The credential id of the authenticator, in base64url. */
  readonly credentialId: string
  /** COSE, in base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly transports: readonly string[]
  /** The model of the authenticator; all zeros if it is not reported. */
  readonly aaguid: string
  readonly name: string
  readonly deviceType: DeviceType
  /** When the authenticator first reported a backup of it. */
  readonly backedUpAt: Instant | undefined
  readonly userVerifiedAt: Instant | undefined
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | undefined
}

/** WebAuthn section 6.1.3: whether the private key can leave its device. It never changes. */
export type DeviceType = 'single_device' | 'multi_device'

export const maxPasskeysPerUser = 20

/** RFC 8176: a key in hardware or in software, and user presence. */
export function amrOfPasskey(deviceType: DeviceType): string[] {
  return [deviceType === 'single_device' ? 'hwk' : 'swk', 'user']
}

/** The purpose of a challenge. It is not accepted for any other purpose. */
export type ChallengePurpose = NewPasskeyPurpose | 'sign_in' | 'second_factor' | 'step_up'

/**
 * The reason for creating a passkey. `register_unasked` is WebAuthn's conditional creation: a password
 * manager adds a passkey after a sign-in with a password, without a prompt.
 */
export type NewPasskeyPurpose = 'register' | 'register_unasked' | 'sign_up'

/** The lifetime of a challenge. */
export const challengeLifetimeMs = 5 * 60 * 1000
