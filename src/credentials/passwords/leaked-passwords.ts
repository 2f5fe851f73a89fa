let loaded: Promise<ReadonlySet<string>> | undefined

/** 49,000 passwords from leaks, most common first. Loaded on first use, to keep the start fast. */
export function commonPasswords(): Promise<ReadonlySet<string>> {
  loaded ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common'].map((password) => String(password))),
  )
  return loaded
}
