import type { Call } from '#src/http/call.ts'

const maxLength = 2000

/**
 * The destination after signing in as a path, if it is on our own origin; otherwise undefined. Browsers treat
 * `//host`, `/\host` and a path with a tab or a line break as another site. A proxy may send the full URL.
 */
export function safeNext(ourOrigin: string, next: unknown): string | undefined {
  if (typeof next !== 'string' || next.length > maxLength || !next.isWellFormed()) return undefined
  const target = next.startsWith(`${ourOrigin}/`) ? next.slice(ourOrigin.length) : next
  if (!/^\/(?![/\\])[^\\\p{C}]*$/u.test(target)) return undefined
  const url = URL.parse(target, anOrigin)
  if (url?.origin !== anOrigin) return undefined
  const path = url.pathname + url.search + url.hash
  // With `.` and `..` resolved, a path such as `/.//host` begins with two slashes.
  return path.startsWith('//') ? undefined : path
}

/** Any origin works: only the path matters. */
const anOrigin = 'http://sigil.invalid'

/** The path and query of a page, so that a visitor can return to it. */
export function hereOf({ path, query }: Pick<Call, 'path' | 'query'>): string {
  const search = new URLSearchParams()
  for (const [name, values] of Object.entries(query ?? {})) {
    for (const value of [values].flat()) if (typeof value === 'string') search.append(name, value)
  }
  return search.size > 0 ? `${path}?${search}` : path
}

/** The URL of a page that continues to `next`. */
export function withNext(path: string, next: string | undefined): string {
  return next === undefined ? path : `${path}?${new URLSearchParams({ next })}`
}
