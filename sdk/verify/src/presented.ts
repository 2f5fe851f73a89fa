/** The headers of a web standard `Request`, or of a request in Node. */
export type HeadersLike =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined }

/** As much of a request as is looked at: that of the Fetch standard, of Node, of Express, of Fastify. */
export type RequestLike = {
  readonly headers: HeadersLike
  /** Node's: there it shows whether a header came twice. */
  readonly rawHeaders?: readonly string[]
}

/**
 * The access token of a request, by the rules that the server itself goes by: Bearer beats the cookie and
 * never falls back to it (RFC 6750 section 2.1), and what came twice is none, for nobody can say which was
 * meant. Another scheme, such as Basic, is for somebody else and beats nothing.
 */
export function tokenIn(request: RequestLike, cookie: string | undefined): string | undefined {
  if (isTwice(request.rawHeaders)) return undefined
  const authorization = headerIn(request.headers, 'authorization')
  if (authorization !== undefined && !isOfOtherScheme(authorization)) return bearerIn(authorization)
  if (cookie === undefined) return undefined
  return cookieIn(headerIn(request.headers, 'cookie'), cookie)
}

function headerIn(headers: HeadersLike, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name]
  return typeof value === 'object' ? value.join('; ') : value
}

/** `headers` keeps the first of two, where somebody else may have read the second. */
function isTwice(rawHeaders: readonly string[] = []): boolean {
  const names = rawHeaders.filter((_, at) => at % 2 === 0)
  return names.filter((name) => name.toLowerCase() === 'authorization').length > 1
}

function bearerIn(authorization: string): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization)?.[1]
}

const name = "[!#$%&'*+.^_`|~\\w-]+"
const parameter = `${name}=(?:${name}|"(?:[^"\\\\]|\\\\.)*")`
const parameters = `${parameter}(?: *, *${parameter})*`
const otherCredentials = new RegExp(`^(?!Bearer\\b)${name} +(?:[\\w.~+/-]+=*|${parameters}) *$`, 'i')

/** Plainly one credential of another scheme than Bearer (RFC 9110 section 11.4), not two that were joined. */
function isOfOtherScheme(authorization: string): boolean {
  return otherCredentials.test(authorization)
}

/** RFC 6265 section 4.2. */
function cookieIn(header: string | undefined, name: string): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  const found = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1))
  return found.length === 1 && found[0] !== '' ? found[0] : undefined
}
