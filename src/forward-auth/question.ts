type Header = (name: string) => string | undefined

/** The request to the host of an app for which a proxy requests a decision. */
export type Question = {
  readonly method: string
  /** Path and query, as the browser sent them. */
  readonly target: string
  readonly isPreflight: boolean
  /** Whether a person opened a page, so that the browser can be redirected to the sign-in. */
  readonly isNavigation: boolean
}

const hostForm = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/

/** The host that a request was sent to. The caller checks that a trusted proxy reports it. */
export function hostAskedFor(
  header: (name: 'host' | 'x-forwarded-host') => string | undefined,
): string | undefined {
  const host = (header('x-forwarded-host') ?? header('host'))?.toLowerCase()
  return host !== undefined && hostForm.test(host) ? host : undefined
}

/** Undefined if the proxy does not describe the request. */
export function questionIn(header: Header): Question | undefined {
  const method = header('x-forwarded-method')
  const target = header('x-forwarded-uri')
  if (method === undefined || target === undefined) return undefined
  return {
    method,
    target,
    isPreflight: isPreflight(method, header),
    isNavigation: isNavigation(method, header),
  }
}

/** Fetch section 4.8: a preflight names the origin and the method of the request that follows. */
function isPreflight(method: string, header: Header): boolean {
  return method === 'OPTIONS' && Boolean(header('origin') && header('access-control-request-method'))
}

/**
 * Older browsers and plain clients do not send the purpose of a request; those that show pages accept HTML.
 */
function isNavigation(method: string, header: Header): boolean {
  if (method !== 'GET') return false
  const mode = header('sec-fetch-mode')
  return mode === undefined || mode === ''
    ? (header('accept')?.includes('text/html') ?? false)
    : mode === 'navigate'
}
