import { type Answer, empty } from '#src/http/answer.ts'

/**
 * The Fetch standard's CORS protocol, for the origins that the operator listed: with credentials, never `*`.
 */
export function corsHeaders(origin: string | undefined, listed: ReadonlySet<string>): Record<string, string> {
  if (listed.size === 0) return {}
  if (origin === undefined || !listed.has(origin)) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'RateLimit, RateLimit-Policy, Retry-After, X-Request-Id',
  }
}

export function isPreflight(method: string, header: (name: string) => string | undefined): boolean {
  return method === 'OPTIONS' && header('access-control-request-method') !== undefined
}

export function preflight(origin: string | undefined, listed: ReadonlySet<string>): Answer {
  const allowed = corsHeaders(origin, listed)
  if (!('access-control-allow-origin' in allowed)) return empty(204, allowed)
  return empty(204, {
    ...allowed,
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'Authorization, Content-Type, Prefer',
    'access-control-max-age': '600',
  })
}
