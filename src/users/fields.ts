import { text } from '#src/http/text.ts'
import { normalizeEmail } from '#src/users/email.ts'
import { isUsername } from '#src/users/username.ts'

/**
 * The fields about people in request bodies. Use cases validate them; these schemas only limit what is read.
 */
export const EmailField = text({ min: 1, max: 254 })
  .refine((given) => normalizeEmail(given) !== undefined, { params: { code: 'not_an_email' } })
  .meta({ format: 'email' })

export const UsernameField = text({ min: 1, max: 200 })
  .refine(isUsername, { params: { code: 'not_a_username' } })
  .meta({
    minLength: 2,
    maxLength: 64,
    description: 'Letters of one script, digits, ".", "_" and "-"; unique regardless of case',
  })

export const FullNameField = text({ min: 1, max: 200 })

/** Almost the maximum size of a body, so that an overlong password gets the normal error. */
export const PasswordField = text({ min: 0, max: 60_000 })
