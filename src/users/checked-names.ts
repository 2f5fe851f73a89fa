import { AppError } from '#src/errors/errors.ts'
import type { FieldCode } from '#src/errors/fields.ts'
import { normalizeEmail } from '#src/users/email.ts'
import { isUsername } from '#src/users/username.ts'

/** Returns the email as it is stored, or throws if it is not valid. */
export function checkedEmail(input: string): string {
  const email = normalizeEmail(input)
  if (email !== undefined) return email
  throw wrong('/email', 'not_an_email', 'This is not an email address. Write it as name@example.org.')
}

/** Throws if this cannot be a username. Absent and null are allowed. */
export function refuseBadUsername(username: string | null | undefined): void {
  if (typeof username !== 'string' || isUsername(username)) return
  const detail = 'Use 2 to 64 letters, digits, ".", "_" or "-", in one alphabet.'
  throw wrong('/username', 'not_a_username', detail)
}

function wrong(pointer: string, code: FieldCode, detail: string): AppError {
  return new AppError('invalid_request', { errors: [{ pointer, code, detail }] })
}
