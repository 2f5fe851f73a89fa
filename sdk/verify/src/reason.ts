/** The message of an error with the message of its cause: `fetch failed` alone explains nothing. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? error.cause.message || codeOf(error.cause) : ''
  return cause === '' ? error.message : `${error.message} (${cause})`
}

/** Node reports a failed connection to several addresses as an error with a code and without a message. */
function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}
