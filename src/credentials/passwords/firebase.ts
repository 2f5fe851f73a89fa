import { z } from 'zod'
import { bytesOf, type Unreadable } from '#src/credentials/passwords/hash-limits.ts'

const base64 = z
  .string()
  .max(1000)
  .refine((text) => bytesOf(text) !== undefined, { error: 'This is not base64.' })

/** What the console of a Firebase project shows as its password hash parameters. */
export const FirebaseParameters = z.strictObject({
  algorithm: z.literal('SCRYPT').optional(),
  base64_signer_key: base64,
  base64_salt_separator: base64,
  rounds: z.int().min(1).max(8),
  mem_cost: z.int().min(1).max(14),
})

export type FirebaseParameters = z.output<typeof FirebaseParameters>

/** How a line to import names what Firebase exports of one user. */
export const firebaseExported = /^\$firebase-scrypt\$([^$=,]*={0,2})\$([^$]+)$/

/**
 * The hash of Firebase is the project's signer key, encrypted by a stream (AES-256-CTR, counter 0) whose key
 * scrypt makes of the password. Taking the signer key off again leaves the stream: enough to check a
 * password, and the key of the project is stored nowhere.
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
