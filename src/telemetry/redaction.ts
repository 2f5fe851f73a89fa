/**
 * Keeps secrets out of the log even when the code logs too much: a whole request, a row, an error whose cause
 * quotes a connection string. It checks the names of fields at any depth and the form of values.
 */
export function withoutSecrets(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cleaned(name, value, [])]))
}

export function withoutSecretText(text: string): string {
  return secretPatterns.reduce((cleaned, pattern) => cleaned.replace(pattern, redacted), text)
}

const redacted = '[redacted]'

/** Compared without case, `_` and `-`, to match `Set-Cookie`, `refresh_token` and `refreshToken`. */
const secretNames = new RegExp(
  [
    'passw',
    'passphrase',
    'token',
    'cookie',
    'authorization',
    'secret',
    'masterkey',
    'privatekey',
    'apikey',
    'databaseurl',
    'smtpurl',
    'databasedirecturl',
    'credential',
    'otp',
    'recoverycode',
    'handle',
    'codeverifier',
    'mac$',
  ].join('|'),
)

/** Facts about secrets that are not secret themselves, such as a count or a lifetime. */
const harmlessNames = /^(tokentype|tokensended|.*(count|lifetimems|expiresat|expiresin))$/

const secretPatterns = [
  /\beyJ[\w-]+\.[\w-]*\.[\w-]*/g, // A JWT.
  /\bsgr_[\w.-]+/g, // A refresh token.
  /\bsgv_[\w-]+/g, // A verifier key.
  /(?<![\w.-])[\w-]{22}\.[\w-]{30}(?![\w.-])/g, // A link in an email, or a sign-in that waits for a code.
  /\bsgs_[\w-]+/g, // A client secret.
  /\bsgn_[\w-]+/g, // A token with which apps register.
  /\$argon2\w*\$[\w$=,+/.-]*/g, // The hash of a password.
  /\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/gi,
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g, // The password in a URL.
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
]

/** `above` are the objects around this value: it stops at cycles and at a depth that no log reader needs. */
function cleaned(name: string, value: unknown, above: readonly object[]): unknown {
  if (value === null || value === undefined) return value
  if (isSecretName(name)) return redacted
  if (typeof value === 'string') return withoutSecretText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object') return value
  if (above.includes(value) || above.length >= 8) return '[...]'
  const inside = [...above, value]
  // Bytes are keys, hashes or bodies, which are of no use in a log.
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof URL) return withoutSecretText(value.href)
  if (Array.isArray(value)) return listCleaned(value, inside)
  if (value instanceof Map || value instanceof Headers) return entriesCleaned([...value.entries()], inside)
  if (value instanceof Set) return listCleaned([...value], inside)
  if (value instanceof Error) return errorCleaned(value, inside)
  return entriesCleaned(Object.entries(value), inside)
}

function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[_\-\s]/g, '')
  return secretNames.test(plain) && !harmlessNames.test(plain)
}

/** Names and values may alternate, as in the raw headers of a request: the name before a value counts. */
function listCleaned(list: readonly unknown[], inside: readonly object[]): unknown[] {
  return list.map((item, index) => {
    const before = list[index - 1]
    return cleaned(typeof before === 'string' && before.length <= 40 ? before : '', item, inside)
  })
}

function entriesCleaned(
  entries: readonly [unknown, unknown][],
  inside: readonly object[],
): Record<string, unknown> {
  return Object.fromEntries(
    entries.map(([name, value]) => [String(name), cleaned(String(name), value, inside)]),
  )
}

/** Fields in which PostgreSQL quotes rejected rows and parameters. */
const quotesRows = new Set(['detail', 'where'])

/** The fields of an error are not enumerable, and its message and stack may quote secrets. */
function errorCleaned(error: Error, inside: readonly object[]): Record<string, unknown> {
  const { name, message, stack, cause } = error
  const own = Object.entries(error)
    .filter(([field]) => !['name', 'message', 'stack', 'cause'].includes(field))
    .map(([field, value]) => [field, quotesRows.has(field) && value ? redacted : value] as [string, unknown])
  return {
    type: name,
    message: withoutSecretText(message),
    stack: stack === undefined ? undefined : withoutSecretText(stack),
    ...(cause === undefined ? {} : { cause: cleaned('cause', cause, inside) }),
    ...(error instanceof AggregateError ? { errors: listCleaned(error.errors, inside) } : {}),
    ...entriesCleaned(own, inside),
  }
}
