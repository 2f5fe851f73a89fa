import { text } from '#src/http/text.ts'

/** What bodies say of people. How much is right is for the verbs; here is how much is read at all. */
export const EmailField = text({ min: 1, max: 254 }).meta({ format: 'email' })

export const UsernameField = text({ min: 1, max: 200 }).meta({
  minLength: 2,
  maxLength: 64,
  description: 'Letters of one script, digits, ".", "_" and "-"; no other’s, in whatever case',
})

export const FullNameField = text({ min: 1, max: 200 })

/** About as long as a body can be: one that is too long is wrong as any other is, and told so. */
export const PasswordField = text({ min: 0, max: 60_000 })
