import { z } from 'zod'
import { text } from '#src/http/text.ts'

const Base64url = text({ min: 1, max: 60_000 }).regex(/^[A-Za-z0-9_-]+$/)
/** WebAuthn section 4: at most 1023 bytes. */
const CredentialId = text({ min: 1, max: 1364 }).regex(/^[A-Za-z0-9_-]+$/)

const credential = {
  id: CredentialId,
  rawId: CredentialId,
  type: z.literal('public-key'),
}

/** `PublicKeyCredential.toJSON()` of a new passkey. Browsers add members, which are ignored. */
export const RegistrationResponse = z
  .looseObject({
    ...credential,
    response: z.looseObject({
      clientDataJSON: Base64url,
      attestationObject: Base64url,
      transports: z
        .array(text({ min: 1, max: 32 }))
        .max(20)
        .optional(),
    }),
  })
  .meta({ id: 'RegistrationResponse', description: 'The new credential as `toJSON()` returns it' })

/** `PublicKeyCredential.toJSON()` of a passkey that was used. */
export const AuthenticationResponse = z
  .looseObject({
    ...credential,
    response: z.looseObject({
      clientDataJSON: Base64url,
      authenticatorData: Base64url,
      signature: Base64url,
      userHandle: text({ min: 0, max: 100 }).nullish(),
    }),
  })
  .meta({ id: 'AuthenticationResponse', description: 'The credential as `toJSON()` returns it' })

const Descriptor = z.object({
  id: z.string(),
  type: z.literal('public-key'),
  transports: z.array(z.string()).optional(),
})

export const CreationOptions = z
  .object({
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge: z.string(),
    pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int() })),
    timeout: z.int().describe('In milliseconds; after that the challenge is rejected'),
    excludeCredentials: z.array(Descriptor),
    authenticatorSelection: z.object({
      residentKey: z.literal('required'),
      requireResidentKey: z.literal(true),
      userVerification: z.enum(['required', 'preferred']),
    }),
    attestation: z.literal('none'),
    extensions: z.object({ credProps: z.literal(true) }),
  })
  .meta({
    id: 'PasskeyCreationOptions',
    description: 'For `PublicKeyCredential.parseCreationOptionsFromJSON()`',
  })

export const RequestOptions = z
  .object({
    challenge: z.string(),
    timeout: z.int().describe('In milliseconds; after that the challenge is rejected'),
    rpId: z.string(),
    allowCredentials: z.array(Descriptor),
    userVerification: z.enum(['required', 'preferred']),
  })
  .meta({
    id: 'PasskeyRequestOptions',
    description: 'For `PublicKeyCredential.parseRequestOptionsFromJSON()`',
  })

export const PasskeyName = text({ min: 1, max: 64 }).regex(/\S/).describe('The name that its owner chose')

export const PasskeyBody = z
  .object({
    id: z.string(),
    credential_id: z.string(),
    name: z.string(),
    authenticator: z.string().nullable().describe('The product that stores it, if known'),
    synced: z.boolean().describe('Whether copies of it exist on other devices'),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Passkey' })
