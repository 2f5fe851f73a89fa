import type { Texts } from '#src/pages/texts.ts'

const said = [
  'signed_up',
  'signed_out',
  'signed_out_everywhere',
  'deleted',
  'session_ended',
  'others_ended',
  'password_changed',
  'profile_changed',
  'sign_in_expired',
  'totp_added',
  'totp_removed',
  'device_forgotten',
] as const

/**
 * What a form has done, told on the page that follows. It travels in the address, so it is a code and no
 * text.
 */
export type Flash = (typeof said)[number]

/** The address of a page that says so. */
export function withFlash(path: string, what: Flash): string {
  return `${path}?said=${what}`
}

/** The sentence of `?said=`; whatever is not in the table says nothing. */
export function flashMessage(texts: Texts, what: unknown): string | undefined {
  const known = said.find((code) => code === what)
  return known && texts.say(`said_${known}`)
}
