import { text } from '#src/http/text.ts'

/** Fields of users in request bodies. These limits only bound what is read; use cases check the values. */
export const EmailField = text({ min: 1, max: 254 }).meta({ format: 'email' })

export const UsernameField = text({ min: 1, max: 200 }).meta({
  minLength: 2,
  maxLength: 64,
  description: 'Letters of one script, digits, ".", "_" and "-". Unique, ignoring case',
})

export const FullNameField = text({ min: 1, max: 200 })

/** Almost as long as a body may be, so that an overlong password gets the ordinary error. */
export const PasswordField = text({ min: 0, max: 60_000 })
