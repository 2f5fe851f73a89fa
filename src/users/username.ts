import { folded } from '#src/users/folded.ts'

/** The scripts that one name may mix: Japanese and Korean use Han together with their own. */
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
 * 2 to 64 letters, digits, `.`, `_` and `-` of one script: a Cyrillic "а" among Latin letters, or an
 * invisible character, would let one person impersonate another. Without `@`, so that no username looks like
 * an email.
 */
export function isUsername(name: string): boolean {
  const length = [...name].length
  const isVisible = !/\p{Default_Ignorable_Code_Point}/u.test(name)
  // The folded form is what is compared, so it has to pass too: "𝐚" has no script, and folds to a Latin "a".
  const forms = [name, folded(name)]
  const isOneScript = alphabets.some((alphabet) => forms.every((form) => alphabet.test(form)))
  return length >= 2 && length <= 64 && isVisible && forms.every(hasAllowedCharacters) && isOneScript
}

function hasAllowedCharacters(text: string): boolean {
  return /^[\p{L}\p{M}\p{Nd}._-]+$/u.test(text) && /[\p{L}\p{Nd}]/u.test(text)
}

/** Two usernames with the same key are the same. */
export function usernameKey(name: string): string {
  return folded(name)
}
