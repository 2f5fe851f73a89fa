/** The token of RFC 6750 section 2.1; undefined if malformed, or if two headers were joined by a comma. */
export function bearerIn(authorization: string): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization)?.[1]
}

/** The DPoP-bound token of RFC 9449 section 7.1, which requires a proof of its key. */
export function dpopTokenIn(authorization: string): string | undefined {
  return /^DPoP +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization)?.[1]
}

/** Whether the scheme is Bearer, with a well-formed token or not. */
export function hasBearer(authorization: string): boolean {
  return /^Bearer(?: |$)/i.test(authorization)
}

const name = "[!#$%&'*+.^_`|~\\w-]+"
const parameter = `${name}=(?:${name}|"(?:[^"\\\\]|\\\\.)*")`
const parameters = `${parameter}(?: *, *${parameter})*`
const otherCredentials = new RegExp(`^(?!Bearer\\b)${name} +(?:[\\w.~+/-]+=*|${parameters}) *$`, 'i')

/**
 * Whether this is exactly one credential of a scheme other than Bearer (RFC 9110 section 11.4), which is not
 * for Sigil: browsers send one with every call to a site behind Basic authentication. Two joined credentials,
 * or a token without its scheme, do not count.
 */
export function isOfOtherScheme(authorization: string): boolean {
  return otherCredentials.test(authorization)
}
