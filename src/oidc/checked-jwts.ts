import type { KoaContextWithOIDC } from 'oidc-provider'
import type { App } from '#src/apps/app.ts'
import type { Library } from '#src/oidc/library.ts'
import { fapiAlgs } from '#src/oidc/proof-algs.ts'
import type { World } from '#src/world/world.ts'

type Errors = Library['errors']
type Jwt = { readonly exp?: unknown; readonly nbf?: unknown; readonly aud?: unknown }
type Header = { readonly alg?: unknown }
type Client = { readonly requires?: App['requires'] }

/**
 * The maximum lifetime of anything that a client signs; the use of an assertion is stored until it expires.
 */
const maxSeconds = 60 * 60

/** Checks of a client assertion in addition to the library's. */
export function checkedAssertion({ clock, settings }: World, { InvalidClientAuth }: Errors) {
  return async (_ctx: KoaContextWithOIDC, { exp, aud }: Jwt, { alg }: Header, { requires = [] }: Client) => {
    if (!isSoon(exp, clock.now())) throw new InvalidClientAuth('the client assertion expires too late')
    if (!requires.includes('fapi2')) return
    // FAPI 2.0 Security Profile section 5.3.2.1: this server must be the only audience.
    if (aud !== settings.publicUrl) throw new InvalidClientAuth('the audience must be the issuer alone')
    if (!fapiAlgs.includes(String(alg)))
      throw new InvalidClientAuth('the profile does not allow this algorithm')
  }
}

/** The same for a signed authorization request (RFC 9101), which could otherwise be used indefinitely. */
export function checkedRequestObject({ clock }: World, { InvalidRequestObject }: Errors) {
  return async (ctx: KoaContextWithOIDC, jwt: Jwt, { alg }: Header, { requires = [] }: Client) => {
    const { exp } = jwt
    // A pushed request was checked when it was received, and the library stores it in another form.
    if ('PushedAuthorizationRequest' in ctx.oidc.entities) return
    if (!isSoon(exp, clock.now())) throw new InvalidRequestObject('the request object must expire soon')
    if (!requires.includes('fapi2')) return
    const isAllowed = fapiAlgs.includes(String(alg)) && isShort(jwt, clock.now())
    if (!isAllowed) throw new InvalidRequestObject('the profile does not allow this algorithm or lifetime')
  }
}

/** FAPI 2.0 Message Signing section 5.3.1: valid since at most an hour, and for at most an hour. */
function isShort({ exp, nbf }: Jwt, now: number): boolean {
  if (typeof exp !== 'number' || typeof nbf !== 'number') return false
  return nbf >= now / 1000 - maxSeconds && exp <= nbf + maxSeconds
}

function isSoon(exp: unknown, now: number): boolean {
  return typeof exp === 'number' && exp <= now / 1000 + maxSeconds
}
