import type { Texts } from '#src/pages/texts.ts'

/** Fields of several of these pages. */
export function emailField(texts: Texts, value: string) {
  const first = value === ''
  return {
    name: 'email',
    label: texts.get('email'),
    type: 'email',
    autocomplete: 'email',
    value,
    first,
  } as const
}

export function codeField(texts: Texts) {
  const hint = texts.get('code_hint')
  const label = texts.get('code')
  return { name: 'code', label, type: 'text', autocomplete: 'one-time-code', hint, first: true } as const
}

export function newPasswordFields(texts: Texts) {
  return [
    {
      name: 'password',
      label: texts.get('new_password'),
      type: 'password',
      autocomplete: 'new-password',
      hint: texts.get('new_password_hint'),
      isNew: true,
      first: true,
    },
    {
      name: 'repeat_password',
      label: texts.get('repeat_new_password'),
      type: 'password',
      autocomplete: 'new-password',
      isRepeat: true,
    },
  ] as const
}
