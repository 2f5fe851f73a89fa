type OidcLibrary = typeof import('oidc-provider')

/** The parts of the library that grant types need. It is loaded with the first request. */
export type Library = {
  readonly provider: InstanceType<OidcLibrary['Provider']>
  readonly errors: OidcLibrary['errors']
}
