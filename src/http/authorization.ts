/** RFC 6750 section 2.1. What is not well formed is none; nor are two, which come joined by a comma. */
export function bearerIn(authorization: string): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization)?.[1]
}

/** Whether a Bearer token was to be shown, be it well formed or not. */
export function hasBearer(authorization: string): boolean {
  return /^Bearer(?: |$)/i.test(authorization)
}

const name = "[!#$%&'*+.^_`|~\\w-]+"
const parameter = `${name}=(?:${name}|"(?:[^"\\\\]|\\\\.)*")`
const parameters = `${parameter}(?: *, *${parameter})*`
const otherCredentials = new RegExp(`^(?!Bearer\\b)${name} +(?:[\\w.~+/-]+=*|${parameters}) *$`, 'i')

/**
 * Whether it is plainly one credential of a scheme that is not Bearer (RFC 9110 section 11.4), and so none of
 * ours: a site behind Basic has one in every call. Nobody can say this of two that were joined, nor of a
 * token whose scheme was forgotten.
 */
export function isOfOtherScheme(authorization: string): boolean {
  return otherCredentials.test(authorization)
}
