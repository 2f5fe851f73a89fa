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
    'access-control-expose-headers': 'Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id',
  }
}

/**
 * Of a listed origin alone. Everybody else hears that there is no such method: to a proxy that asks `/verify`
 * by the method it was sent, a 2xx would be a yes.
 */
export function isPreflight(
  method: string,
  header: (name: string) => string | undefined,
  listed: ReadonlySet<string>,
): boolean {
  const asks = method === 'OPTIONS' && header('access-control-request-method') !== undefined
  return asks && listed.has(header('origin') ?? '')
}

export function preflight(origin: string | undefined, listed: ReadonlySet<string>): Answer {
  return empty(204, {
    ...corsHeaders(origin, listed),
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'Authorization, Content-Type, Prefer',
    'access-control-max-age': '600',
  })
}
