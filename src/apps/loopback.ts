import type { App } from '#src/apps/app.ts'

/** The hosts of this machine, as they are written in URLs. */
export const loopbacks: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Whether an app has registered this address to return to after a logout: letter by letter, except that a
 * native app listens on whatever port of the machine is free (RFC 8252 section 7.3).
 */
export function isPostLogoutUriOf({ kind, postLogoutUris }: App, uri: string): boolean {
  if (postLogoutUris.includes(uri)) return true
  const asked = kind === 'native' ? withoutPort(uri) : undefined
  return asked !== undefined && postLogoutUris.some((registered) => withoutPort(registered) === asked)
}

/** Undefined for an address that is not on loopback, or that a browser would read in another way. */
function withoutPort(uri: string): string | undefined {
  const url = URL.parse(uri)
  const isCanonical = url?.href === uri || url?.href === `${uri}/`
  if (!url || !isCanonical || url.protocol !== 'http:' || !loopbacks.has(url.hostname)) return undefined
  url.port = ''
  return url.href
}
