/** The headers of a web standard `Request`, or of a request in Node. */
export type HeadersLike =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined }

/** The used parts of a request of the Fetch standard, Node, Express or Fastify. */
export type RequestLike = {
  readonly headers: HeadersLike
  /** In Node; shows whether a header was sent twice. */
  readonly rawHeaders?: readonly string[]
}

/** The request that a proof of possession must be for (RFC 9449). */
export type ProvenRequest = {
  readonly method: string
  /** The URL as the client called it, such as `https://api.example.com/notes`. */
  readonly url: string
  /** The proof, if `verify` gets a token; for a request, its header `DPoP` is used. */
  readonly proof?: string | undefined
}

/** The credentials of a request. A token with the scheme DPoP must have a proof. */
export type Presented = {
  readonly token: string
  /** Undefined if only the token is known. */
  readonly scheme: 'bearer' | 'dpop' | undefined
  readonly proof: string | undefined
}

/**
 * The access token of a request, by the same rules as in the server: Bearer takes precedence over the cookie
 * and never falls back to it (RFC 6750 section 2.1). A token that was sent twice counts as none. Credentials
 * of another scheme, such as Basic, are ignored.
 */
export function presentedIn(request: RequestLike, cookie: string | undefined): Presented | undefined {
  if (isTwice(request.rawHeaders)) return undefined
  const authorization = headerIn(request.headers, 'authorization')
  const bound = authorization === undefined ? undefined : dpopTokenIn(authorization)
  if (bound !== undefined) return { token: bound, scheme: 'dpop', proof: headerIn(request.headers, 'dpop') }
  const isOurs = authorization !== undefined && !isOfOtherScheme(authorization)
  const fromCookie = () => cookieIn(headerIn(request.headers, 'cookie'), cookie)
  const token = isOurs ? bearerIn(authorization) : fromCookie()
  return token === undefined ? undefined : { token, scheme: 'bearer', proof: undefined }
}

/** The value of a header; several are joined. */
export function headerIn(headers: HeadersLike, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name]
  return typeof value === 'object' ? value.join('; ') : value
}

/** Node keeps the first of two headers, while another program may have used the second. */
function isTwice(rawHeaders: readonly string[] = []): boolean {
  const names = rawHeaders.filter((_, at) => at % 2 === 0)
  return names.filter((name) => name.toLowerCase() === 'authorization').length > 1
}

function bearerIn(authorization: string): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization)?.[1]
}

function dpopTokenIn(authorization: string): string | undefined {
  return /^DPoP +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization)?.[1]
}

const name = "[!#$%&'*+.^_`|~\\w-]+"
const parameter = `${name}=(?:${name}|"(?:[^"\\\\]|\\\\.)*")`
const parameters = `${parameter}(?: *, *${parameter})*`
const otherCredentials = new RegExp(`^(?!Bearer\\b)${name} +(?:[\\w.~+/-]+=*|${parameters}) *$`, 'i')

/** One well-formed credential of another scheme than Bearer (RFC 9110 section 11.4), not two joined ones. */
function isOfOtherScheme(authorization: string): boolean {
  return otherCredentials.test(authorization)
}

/** RFC 6265 section 4.2. A cookie that was sent twice counts as none. */
export function cookieIn(header: string | undefined, name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  const found = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1))
  return found.length === 1 && found[0] !== '' ? found[0] : undefined
}
