import type { Arrival } from '#src/credentials/upstream/identity.ts'
import { isStorable } from '#src/http/text.ts'
import type { Provider } from '#src/settings/providers.ts'
import { normalizeEmail } from '#src/users/email.ts'

/** What a provider reported about its user. */
export type Claims = { readonly issuer: string; readonly values: Readonly<Record<string, unknown>> }

/** The identity in the claims. Throws where there is no usable subject. */
export function arrivalOf({ name, claims, emailTrust }: Provider, { issuer, values }: Claims): Arrival {
  const subject = subjectIn(values[claims.subject])
  const email = emailIn(values[claims.email])
  const isVerified =
    emailTrust === 'always' || (emailTrust === 'verified_claim' && isTrue(values[claims.emailVerified]))
  const login = textIn(values[claims.login], 200)
  return {
    provider: name,
    issuer,
    subject,
    label: email ?? login ?? subject,
    verifiedEmail: isVerified ? email : undefined,
    fullName: textIn(values[claims.name], 200),
  }
}

/** Some providers number their users. An imprecise number could be the number of another user. */
function subjectIn(value: unknown): string {
  if (Number.isSafeInteger(value)) return String(value)
  const subject = textIn(value, 255)
  if (subject === undefined) throw new Error('The answer names no user')
  return subject
}

/** Apple sends the boolean as a string. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true'
}

function emailIn(value: unknown): string | undefined {
  return typeof value === 'string' ? normalizeEmail(value) : undefined
}

function textIn(value: unknown, max: number): string | undefined {
  if (typeof value !== 'string' || value.trim() === '' || value.length > max) return undefined
  return isStorable(value) ? value : undefined
}
