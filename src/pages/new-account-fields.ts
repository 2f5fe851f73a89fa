import type { Texts } from '#src/pages/texts.ts'

/** The email and the new password of a form that creates an account. */
export function newAccountFields(texts: Texts, email: string) {
  return [
    {
      name: 'email',
      label: texts.get('email'),
      type: 'email',
      // Password managers store it as the login.
      autocomplete: 'username',
      value: email,
      first: true,
    },
    {
      name: 'password',
      label: texts.get('password'),
      type: 'password',
      autocomplete: 'new-password',
      hint: texts.get('new_password_hint'),
      isNew: true,
    },
    {
      name: 'repeat_password',
      label: texts.get('repeat_password'),
      type: 'password',
      autocomplete: 'new-password',
      isRepeat: true,
    },
  ] as const
}
