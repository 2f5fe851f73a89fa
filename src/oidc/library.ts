type OidcLibrary = typeof import('oidc-provider')

/** What the grant types need of the library, which is loaded with the first request. */
export type Library = {
  readonly provider: InstanceType<OidcLibrary['Provider']>
  readonly errors: OidcLibrary['errors']
}
