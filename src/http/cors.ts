import { type Answer, empty } from '#src/http/answer.ts'

/** CORS of the Fetch standard for the origins in SIGIL_CORS_ORIGINS: with credentials, never `*`. */
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
 * Only from a listed origin. Any other OPTIONS gets a 405: a proxy that calls `/verify` with the method of
 * the original request would take a 2xx for an approval.
 */
export function isPreflight(
  method: string,
  header: (name: string) => string | undefined,
  listed: ReadonlySet<string>,
): boolean {
  const isPreflightCall = method === 'OPTIONS' && header('access-control-request-method') !== undefined
  return isPreflightCall && listed.has(header('origin') ?? '')
}

/** Allows the requested headers: tracing libraries add their own (`traceparent`, `baggage`). */
export function preflight(
  origin: string | undefined,
  wantedHeaders: string | undefined,
  listed: ReadonlySet<string>,
): Answer {
  const wanted = headerNamesIn(wantedHeaders ?? '')
  return empty(204, {
    ...corsHeaders(origin, listed),
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': [...new Set(['authorization', 'content-type', 'prefer', ...wanted])].join(
      ', ',
    ),
    'access-control-max-age': '600',
  })
}

/** Scripts of this origin may read the answer, without credentials. */
export function openCors(origin: string | undefined): Record<string, string> {
  if (origin === undefined) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'Retry-After, WWW-Authenticate, X-Request-Id',
  }
}

/**
 * For every origin: a preflight does not identify the app, and only allows sending the call. The call itself
 * decides which origins may read its response.
 */
export function openPreflight(origin: string, wantedHeaders: string | undefined): Answer {
  const wanted = headerNamesIn(wantedHeaders ?? '')
  return empty(204, {
    ...openCors(origin),
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': [...new Set(['authorization', 'content-type', ...wanted])].join(', '),
    'access-control-max-age': '600',
  })
}

const maxHeaderNames = 30

/** RFC 9110 section 5.6.2: names that are not tokens are left out. */
function headerNamesIn(list: string): string[] {
  const names = list.split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => /^[!#$%&'*+.^_`|~0-9a-z-]{1,64}$/.test(name)).slice(0, maxHeaderNames)
}
