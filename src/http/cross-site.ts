import { AppError } from '#src/errors/errors.ts'

/**
 * Rejects calls that another site makes a browser send. `Sec-Fetch-Site` and `Origin` are forbidden header
 * names: a page cannot forge them, and a client that sends neither is not a browser with a user's cookies.
 */
export function rejectCrossSite(
  header: (name: string) => string | undefined,
  ourOrigins: ReadonlySet<string>,
): void {
  const site = header('sec-fetch-site')
  if (site === 'same-origin' || site === 'none') return
  const origin = header('origin')
  if (origin !== undefined && ourOrigins.has(origin)) return
  if (site === undefined && origin === undefined) return
  throw new AppError('cross_site')
}

const unsafe = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** RFC 9110 section 9.2.1: the other methods are safe. */
export function changesSomething(method: string): boolean {
  return unsafe.has(method)
}
