import { AppError } from '#src/errors/errors.ts'
import type { FieldCode } from '#src/errors/fields.ts'
import { normalizeEmail } from '#src/users/email.ts'
import { isUsername } from '#src/users/username.ts'

/** The address as it is stored; refuses what is none. */
export function checkedEmail(given: string): string {
  const email = normalizeEmail(given)
  if (email !== undefined) return email
  throw wrong('/email', 'not_an_email')
}

/** Refuses a name that cannot be a username; none at all is no wrong one. */
export function refuseBadUsername(username: string | null | undefined): void {
  if (typeof username !== 'string' || isUsername(username)) return
  throw wrong('/username', 'not_a_username')
}

function wrong(pointer: string, code: FieldCode): AppError {
  return new AppError('invalid_request', { errors: [{ pointer, code }] })
}
