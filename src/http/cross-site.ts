import { AppError } from '#src/errors/errors.ts'

/**
 * Refuses what another site makes a browser send. `Sec-Fetch-Site` and `Origin` are forbidden header names: a
 * page cannot forge them, and a client that sends neither is no browser and carries nobody's cookies by
 * accident.
 */
export function refuseCrossSite(
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

/** RFC 9110 section 9.2.1: the others change nothing. */
export function changesSomething(method: string): boolean {
  return unsafe.has(method)
}
