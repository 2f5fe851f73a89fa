import { folded } from '#src/users/folded.ts'

/** One alphabet each; Japanese and Korean people mix theirs with Han. */
const alphabets = [
  ['Latin'],
  ['Cyrillic'],
  ['Greek'],
  ['Armenian'],
  ['Georgian'],
  ['Hebrew'],
  ['Arabic'],
  ['Devanagari'],
  ['Bengali'],
  ['Gurmukhi'],
  ['Gujarati'],
  ['Tamil'],
  ['Telugu'],
  ['Kannada'],
  ['Malayalam'],
  ['Sinhala'],
  ['Thai'],
  ['Lao'],
  ['Khmer'],
  ['Myanmar'],
  ['Tibetan'],
  ['Ethiopic'],
  ['Han', 'Hiragana', 'Katakana'],
  ['Han', 'Hangul'],
].map((scripts) => {
  const letters = scripts.map((script) => `\\p{Script=${script}}`).join('')
  return new RegExp(`^[${letters}\\p{Script=Inherited}\\p{Script=Common}]+$`, 'u')
})

/**
 * 2 to 64 of letters, digits, `.`, `_`, `-` in one script: a Cyrillic "а" among Latin letters would let one
 * person pass for another, and so would a mark that nobody sees. No `@`, so that a username is never taken
 * for an email.
 */
export function isUsername(name: string): boolean {
  const characters = [...name].length
  const isVisible = !/\p{Default_Ignorable_Code_Point}/u.test(name)
  const allowed = isVisible && /^[\p{L}\p{M}\p{Nd}._-]+$/u.test(name) && /[\p{L}\p{Nd}]/u.test(name)
  return allowed && characters >= 2 && characters <= 64 && alphabets.some((alphabet) => alphabet.test(name))
}

/** What two usernames are compared by. */
export function usernameKey(name: string): string {
  return folded(name)
}
