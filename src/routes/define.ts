import { anyone } from '#src/guards.ts'
import { changesSomething } from '#src/http/cross-site.ts'
import type { AnyEndpoint } from '#src/http/endpoint.ts'
import type { Guard, Method, Route } from '#src/http/mount.ts'
import { awaitingPropagation } from '#src/tokens/await-propagation.ts'
import type { World } from '#src/world/world.ts'

/** A call of the API. */
export function api(
  method: Method,
  path: string,
  guard: Guard<World>,
  described: AnyEndpoint<World>,
): Route<World> {
  // Any call that changes something may revoke tokens, so all of them wait for the propagation.
  const endpoint = changesSomething(method) ? awaitingPropagation(described) : described
  return { method, path, guard, surface: 'api', sameSiteOnly: false, endpoint }
}

/** A call that opens or renews a session: other sites may not make it, even without a cookie. */
export function opensSession(method: Method, path: string, endpoint: AnyEndpoint<World>): Route<World> {
  return { ...api(method, path, anyone, endpoint), sameSiteOnly: true }
}

/** A page: it reads forms, returns HTML and identifies its visitor by the page session. */
export function page(
  method: Method,
  path: string,
  guard: Guard<World>,
  endpoint: AnyEndpoint<World>,
): Route<World> {
  return { ...api(method, path, guard, endpoint), surface: 'page', sameSiteOnly: method === 'POST' }
}

/** An OAuth endpoint, which authenticates its client itself: form in, errors as in RFC 6749. */
export function oauthCall(path: string, endpoint: AnyEndpoint<World>): Route<World> {
  return { ...api('POST', path, anyone, endpoint), surface: 'oauth' }
}

/** The same with JSON in: the registration of clients (RFC 7591). */
export function oauthJsonCall(path: string, endpoint: AnyEndpoint<World>): Route<World> {
  return { ...api('POST', path, anyone, endpoint), surface: 'oauth_json' }
}

/** Routes below a path. */
export function under(prefix: string, children: readonly Route<World>[]): Route<World>[] {
  return children.map((route) => ({ ...route, path: prefix + route.path }))
}
