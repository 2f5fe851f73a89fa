/**
 * The headers that every response has. Pages replace the policy with their own.
 *
 * RFC 6797: for a year, browsers reach this host by https only. `includeSubDomains` and `preload` are left
 * out because other hosts of the domain are not ours to decide about; a proxy may add them.
 */
export function securityHeaders({ isSecure }: { isSecure: boolean }): Readonly<Record<string, string>> {
  return {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    ...(isSecure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  }
}
