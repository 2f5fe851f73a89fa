import { AppError } from '#src/errors/errors.ts'
import type { FieldCode } from '#src/errors/fields.ts'
import { normalizeEmail } from '#src/users/email.ts'
import { isUsername } from '#src/users/username.ts'

/** Returns the email as it is stored, or throws if it is not valid. */
export function checkedEmail(input: string): string {
  const email = normalizeEmail(input)
  if (email !== undefined) return email
  throw wrong('/email', 'not_an_email')
}

/** Throws if this cannot be a username. Absent and null are allowed. */
export function refuseBadUsername(username: string | null | undefined): void {
  if (typeof username !== 'string' || isUsername(username)) return
  throw wrong('/username', 'not_a_username')
}

function wrong(pointer: string, code: FieldCode): AppError {
  return new AppError('invalid_request', { errors: [{ pointer, code }] })
}
