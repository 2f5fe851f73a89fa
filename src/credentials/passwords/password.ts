import type { FieldError } from '#src/errors/errors.ts'

export const minPasswordLength = 10
export const maxPasswordLength = 1024

/** NFC turns at most four UTF-16 units into one character, so a longer input is too long in any case. */
const maxSpellingLength = 4 * maxPasswordLength

/**
 * NFC, so that one password typed on two keyboards is the same password (RFC 8265 section 4.2). Sorting
 * combining marks takes quadratic time: 60 KB of them would block the server for half a second, so input that
 * is too long for a password is left as it is.
 */
export function normalizePassword(password: string, form: 'NFC' | 'NFKC' = 'NFC'): string {
  return password.length > maxSpellingLength ? password : password.normalize(form)
}

type Owner = {
  readonly email: string
  readonly username: string | undefined
  readonly fullName: string | undefined
}

/** Returns the problem of a new password. Only guessability counts: there are no composition rules. */
export function passwordProblem(
  password: string,
  { owner, common, pointer }: { owner: Owner; common: ReadonlySet<string>; pointer: string },
): FieldError | undefined {
  const normal = normalizePassword(password)
  const characters = [...normal].length
  if (characters < minPasswordLength) {
    const detail = {
      en: `Too short. Use at least ${minPasswordLength} characters.`,
      ru: `Слишком короткий пароль. Нужно не меньше ${minPasswordLength} символов.`,
    }
    return { pointer, code: 'too_short', detail }
  }
  if (characters > maxPasswordLength) {
    const detail = {
      en: `Too long. Use at most ${maxPasswordLength} characters.`,
      ru: `Слишком длинный пароль. Можно не больше ${maxPasswordLength} символов.`,
    }
    return { pointer, code: 'too_long', detail }
  }
  if (isCommon(normal, common)) {
    return { pointer, code: 'too_common' }
  }
  if (isOwnName(normal, owner)) {
    return { pointer, code: 'own_name' }
  }
  return undefined
}

/** Attackers also try common words surrounded by digits and symbols. */
function isCommon(password: string, common: ReadonlySet<string>): boolean {
  const lower = password.toLowerCase()
  const core = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  const isOneOrTwoCharacters = new Set(lower).size <= 2
  return isOneOrTwoCharacters || common.has(lower) || (core.length < minPasswordLength && common.has(core))
}

function isOwnName(password: string, { email, username, fullName }: Owner): boolean {
  const lower = squeezed(password)
  const names = [email, email.slice(0, email.lastIndexOf('@')), username, fullName]
  return names.some((name) => {
    const own = squeezed(name ?? '')
    return own.length >= 4 && lower.includes(own) && lower.length - own.length < 6
  })
}

function squeezed(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s._-]+/g, '')
}
