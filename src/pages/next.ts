import type { Call } from '#src/http/call.ts'

const longest = 2000

/**
 * Where a visitor wants to go after signing in, if that is on this very origin, as a path; undefined for all
 * else. A browser takes `//host`, `/\host` and a path with a tab or a line break in it for another site. A
 * proxy may name the whole address.
 */
export function safeNext(ourOrigin: string, wish: unknown): string | undefined {
  if (typeof wish !== 'string' || wish.length > longest || !wish.isWellFormed()) return undefined
  const asked = wish.startsWith(`${ourOrigin}/`) ? wish.slice(ourOrigin.length) : wish
  if (!/^\/(?![/\\])[^\\\p{C}]*$/u.test(asked)) return undefined
  const url = URL.parse(asked, anOrigin)
  if (url?.origin !== anOrigin) return undefined
  const path = url.pathname + url.search + url.hash
  // Once `.` and `..` are gone a path such as `/.//host` begins with two slashes.
  return path.startsWith('//') ? undefined : path
}

/** Any origin would do: what is asked is whether the wish stays on it. */
const anOrigin = 'http://sigil.invalid'

/** The address that a page was asked for, so that a visitor can come back to it. */
export function hereOf({ path, query }: Pick<Call, 'path' | 'query'>): string {
  const search = new URLSearchParams()
  for (const [name, values] of Object.entries(query ?? {})) {
    for (const value of [values].flat()) if (typeof value === 'string') search.append(name, value)
  }
  return search.size > 0 ? `${path}?${search}` : path
}

/** The address of a page that leads to `next` afterwards. */
export function withNext(path: string, next: string | undefined): string {
  return next === undefined ? path : `${path}?${new URLSearchParams({ next })}`
}
