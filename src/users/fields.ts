import { text } from '#src/http/text.ts'
import { normalizeEmail } from '#src/users/email.ts'
import { isUsername } from '#src/users/username.ts'

/** What bodies say of people. How much is right is for the verbs; here is how much is read at all. */
export const EmailField = text({ min: 1, max: 254 })
  .refine((given) => normalizeEmail(given) !== undefined, { params: { code: 'not_an_email' } })
  .meta({ format: 'email' })

export const UsernameField = text({ min: 1, max: 200 })
  .refine(isUsername, { params: { code: 'not_a_username' } })
  .meta({
    minLength: 2,
    maxLength: 64,
    description: 'Letters of one script, digits, ".", "_" and "-"; unique in whatever case',
  })

export const FullNameField = text({ min: 1, max: 200 })

/** Almost as long as a body may be, so that an overlong password gets the ordinary error. */
export const PasswordField = text({ min: 0, max: 60_000 })
