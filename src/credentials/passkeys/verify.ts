import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { z } from 'zod'
import type { DeviceType, Passkey } from '#src/credentials/passkeys/passkey.ts'
import { passkeyOriginsOf, rpIdOf } from '#src/credentials/passkeys/relying-party.ts'
import type { AuthenticationResponse, RegistrationResponse } from '#src/credentials/passkeys/schemas.ts'
import type { World } from '#src/world/world.ts'

/** Accepted COSE algorithms, best first: EdDSA, ES256, RS256. */
export const algorithms: number[] = [-8, -7, -257]

export type NewCredential = {
  readonly credentialId: string
  readonly publicKey: string
  readonly counter: number
  readonly aaguid: string
  readonly deviceType: DeviceType
  readonly isBackedUp: boolean
  readonly isUserVerified: boolean
}

export type VerifiedAssertion = {
  readonly counter: number
  readonly isUserVerified: boolean
  readonly deviceType: DeviceType
  readonly isBackedUp: boolean
}

const maxPublicKeyBytes = 2048

/** Checks a new passkey: origin, domain, challenge, flags and key. Returns undefined if any is wrong. */
export async function verifyRegistration(
  world: World,
  {
    response,
    challenge,
    isUnasked,
  }: { response: z.output<typeof RegistrationResponse>; challenge: string; isUnasked: boolean },
): Promise<NewCredential | undefined> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
  const { attestationObject } = response.response
  return rejecting(world, async () => {
    const decoded = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')))
    const authenticatorData = Buffer.from(decoded.get('authData'))
    const unattested = {
      ...response,
      response: { ...response.response, attestationObject: withoutStatement(authenticatorData) },
    }
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: unattested as unknown as RegistrationResponseJSON,
      expectedChallenge: challenge,
      ...expectedOf(world),
      // WebAuthn section 7.1 step 15: a conditional creation does not verify the user. Every use does.
      requireUserPresence: !isUnasked,
      requireUserVerification: !isUnasked,
      supportedAlgorithmIDs: algorithms,
    })
    if (!verified) return undefined
    const { credential, aaguid, userVerified, credentialDeviceType, credentialBackedUp } = registrationInfo
    const isOfResponse = credential.id === response.id
    if (!isOfResponse || credential.publicKey.length > maxPublicKeyBytes) return undefined
    return {
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      aaguid,
      deviceType: deviceTypeOf(credentialDeviceType),
      isBackedUp: credentialBackedUp,
      isUserVerified: userVerified,
    }
  })
}

/** Checks an assertion of a passkey: origin, domain, challenge, flags, counter and signature. */
export async function verifyAssertion(
  world: World,
  asserted: {
    response: z.output<typeof AuthenticationResponse>
    challenge: string
    passkey: Passkey
    needsVerifiedUser: boolean
  },
): Promise<VerifiedAssertion | undefined> {
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const { response, challenge, passkey, needsVerifiedUser } = asserted
  return rejecting(world, async () => {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: response as unknown as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      ...expectedOf(world),
      requireUserVerification: needsVerifiedUser,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
        counter: passkey.counter,
      },
    })
    if (!verified) return undefined
    return {
      counter: authenticationInfo.newCounter,
      isUserVerified: authenticationInfo.userVerified,
      deviceType: deviceTypeOf(authenticationInfo.credentialDeviceType),
      isBackedUp: authenticationInfo.credentialBackedUp,
    }
  })
}

function expectedOf({ settings }: World) {
  return { expectedOrigin: passkeyOriginsOf(settings), expectedRPID: rpIdOf(settings) }
}

/** The library throws a plain error for any invalid response. */
async function rejecting<T>({ log }: World, check: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await check()
  } catch (error) {
    log.debug({ reason: error instanceof Error ? error.message : String(error) }, 'A passkey was rejected')
    return undefined
  }
}

function deviceTypeOf(type: 'singleDevice' | 'multiDevice'): DeviceType {
  return type === 'singleDevice' ? 'single_device' : 'multi_device'
}

/**
 * The attestation object with the statement left out. Nothing here depends on the model of an authenticator,
 * and checking a statement would parse untrusted certificates and fetch revocation lists.
 */
function withoutStatement(authenticatorData: Buffer): string {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(authenticatorData.length)
  const map = Buffer.from([0xa3])
  const parts = [
    map,
    cborText('fmt'),
    cborText('none'),
    cborText('attStmt'),
    Buffer.from([0xa0]),
    cborText('authData'),
    Buffer.from([0x59]),
    length,
    authenticatorData,
  ]
  return Buffer.concat(parts).toString('base64url')
}

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)])
}
