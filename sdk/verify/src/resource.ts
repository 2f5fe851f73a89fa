/** The metadata of a protected resource (RFC 9728 section 2). */
export type ResourceMetadata = {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly bearer_methods_supported: readonly ['header']
  readonly scopes_supported?: readonly string[]
  readonly resource_name?: string
}

/**
 * An API that clients can discover, such as an MCP server: they follow the `WWW-Authenticate` of a 401 to its
 * metadata, and from there to the Sigil server that issues the tokens.
 */
export type ProtectedResource = {
  readonly metadata: ResourceMetadata
  /** The path where the metadata must be served, such as `/.well-known/oauth-protected-resource/mcp`. */
  readonly metadataPath: string
  readonly metadataUrl: string
}

/**
 * Describes an API for `signedIn(verifier, …, { resource })` (RFC 9728). `resource` is its URL and the
 * audience of its tokens. Throws a `TypeError` if that, or the issuer, is not a URL without a fragment.
 *
 * @example
 * const resource = protectedResource({ resource: 'https://notes.example.com/mcp', issuer, scopes: ['read'] })
 * app.get(resource.metadataPath, (_request, response) => response.json(resource.metadata))
 * app.use('/mcp', signedIn(verifier, { resource, scope: 'read' }))
 */
export function protectedResource(options: {
  readonly resource: string
  /** The public URL of the Sigil server. */
  readonly issuer: string
  /** The scopes that clients may request; all if absent. */
  readonly scopes?: readonly string[]
  /** The display name of the API. */
  readonly name?: string
}): ProtectedResource {
  const { resource, issuer, scopes, name } = options
  for (const [option, text] of Object.entries({ resource, issuer })) {
    if (!isHttpUrl(text))
      throw new TypeError(`protectedResource: ${option} must be a URL without a fragment.`)
  }
  const { origin, pathname, search } = new URL(resource)
  const metadataPath = `/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
  return {
    metadata: {
      resource,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      ...(scopes && { scopes_supported: scopes }),
      ...(name !== undefined && { resource_name: name }),
    },
    metadataPath,
    metadataUrl: origin + metadataPath + search,
  }
}

function isHttpUrl(text: string): boolean {
  if (typeof text !== 'string' || !/^https?:\/\//.test(text) || text.includes('#')) return false
  try {
    new URL(text)
    return true
  } catch {
    return false
  }
}
