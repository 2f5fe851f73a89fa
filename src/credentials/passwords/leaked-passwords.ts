let loaded: Promise<ReadonlySet<string>> | undefined

/** 49,000 passwords seen in leaks, commonest first. Loaded on first use: most starts need it much later. */
export function commonPasswords(): Promise<ReadonlySet<string>> {
  loaded ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common'].map((password) => String(password))),
  )
  return loaded
}
