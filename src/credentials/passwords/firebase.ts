import { z } from 'zod'
import { bytesOf, type Unreadable } from '#src/credentials/passwords/hash-limits.ts'

const base64 = z
  .string()
  .max(1000)
  .refine((text) => bytesOf(text) !== undefined, { error: 'must be base64' })

/** The password hash parameters of a Firebase project, as its console shows them. */
export const FirebaseParameters = z.strictObject({
  algorithm: z.literal('SCRYPT').optional(),
  base64_signer_key: base64,
  base64_salt_separator: base64,
  rounds: z.int().min(1).max(8),
  mem_cost: z.int().min(1).max(14),
})

export type FirebaseParameters = z.output<typeof FirebaseParameters>

/** The fields of an import line for one user of a Firebase export. */
export const firebaseExported = /^\$firebase-scrypt\$([^$=,]*={0,2})\$([^$]+)$/

/**
 * A Firebase hash is the project's signer key, encrypted with AES-256-CTR (counter 0) under a key that scrypt
 * derives from the password. Removing the signer key leaves the key stream, which is enough to check a
 * password, and the signer key of the project is not stored.
 */
export function fromFirebase(text: string, parameters: FirebaseParameters | undefined): string | Unreadable {
  const [, salted = '', hashed = ''] = firebaseExported.exec(text) ?? []
  if (!parameters) return no('it needs the parameters of the Firebase project: use --firebase FILE')
  const [salt, hash, signerKey, separator] = [
    salted,
    hashed,
    parameters.base64_signer_key,
    parameters.base64_salt_separator,
  ].map(bytesOf)
  if (!salt || !hash || !signerKey || !separator) return no('its salt or its hash is not base64')
  if (hash.length !== signerKey.length) return no('it is not as long as the signer key of the project')
  const stream = hash.map((byte, at) => byte ^ (signerKey[at] ?? 0))
  const { mem_cost, rounds } = parameters
  const salts = inText(Buffer.concat([salt, separator]))
  return `$firebase-scrypt$ln=${mem_cost},r=${rounds},p=1$${salts}$${inText(stream)}`
}

function inText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}

function no(why: string): Unreadable {
  return { kind: 'unreadable', why }
}
