import { type ErrorCode, errorCodes } from '#src/errors/error-codes.ts'
import type { Proof } from '#src/http/endpoint.ts'
import type { Route } from '#src/http/mount.ts'
import { isOfApi } from '#src/http/query.ts'
import type { World } from '#src/world/world.ts'

/** One operation of the API: a method at a path. */
export type Operation = {
  readonly id: string
  readonly method: string
  /** With `{name}` for a parameter. */
  readonly address: string
  readonly parameters: readonly string[]
  readonly group: string
  /** Any of these is enough. Empty: no authentication. */
  readonly proofs: readonly Proof[]
  /** Whether it can also be called without authentication. */
  readonly isOpen: boolean
  readonly route: Route<World>
}

/** The groups of operations, in the order in which a new user needs them. */
export const groups: Readonly<Record<string, string>> = {
  auth: 'Sign up, sign in, refresh, log out and verify tokens.',
  me: 'The profile, sessions and data of the current user.',
  users: 'Users with their roles and sessions, for administrators.',
  roles: 'Roles, for administrators.',
  apps: 'Apps that sign users in, for administrators.',
  apis: 'APIs that apps get access tokens for, and their scopes, for administrators.',
  audit: 'The audit log, for administrators.',
  revocations: 'Revocations for resource servers that verify tokens locally.',
  oauth: 'OAuth endpoints for resource servers.',
  server: 'Health, metadata and metrics of the server.',
}

/** All operations of the API by group, in the order of the route table. Pages are left out. */
export function operationsOf(routes: readonly Route<World>[]): Operation[] {
  const all = routes.filter(({ surface }) => surface !== 'page').flatMap(operationsAt)
  const order = Object.keys(groups)
  return all.sort((one, other) => order.indexOf(one.group) - order.indexOf(other.group))
}

/** OpenAPI cannot describe "any method", so the usual ones are listed one by one. */
const anyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

function operationsAt(route: Route<World>): Operation[] {
  const { guard, endpoint } = route
  const address = route.path.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{path}')
  const proofs = guard.proofs.length > 0 ? guard.proofs : (endpoint.proofs ?? [])
  // A refresh token may be in the body instead.
  const isOptional = !endpoint.errors.includes('not_signed_in') || proofs.includes('refresh_cookie')
  return (route.method === 'ALL' ? anyMethod : [route.method]).map((method) => ({
    id: idOf(method, address),
    method,
    address,
    parameters: [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''),
    group: groupOf(address),
    proofs,
    isOpen: guard.proofs.length === 0 && isOptional,
    route,
  }))
}

/** `DELETE /api/v1/users/{id}/sessions` is `delete_users_id_sessions`: as stable as the path. */
function idOf(method: string, address: string): string {
  const words = address.replace('/api/v1', '').split(/[^A-Za-z0-9]+/)
  return [method.toLowerCase(), ...words.filter((word) => word !== '')].join('_')
}

function groupOf(address: string): string {
  const [, name = ''] = /^\/(?:api\/v1\/)?(\w+)/.exec(address) ?? []
  if (name === 'ext_authz') return 'auth'
  return name in groups ? name : 'server'
}

/** All error codes of an operation, including the general ones, by status. */
export function errorCodesOf({ route, method, parameters }: Operation): ErrorCode[] {
  const { endpoint, guard } = route
  const changes = route.method !== 'ALL' && method !== 'GET'
  const codes = new Set<string>([...guard.errors, ...endpoint.errors, 'internal', 'unavailable'])
  if (endpoint.body || endpoint.query || isOfApi(route.path)) codes.add('invalid_request')
  const otherBody: ErrorCode = route.surface !== 'oauth' ? 'unsupported_media_type' : 'not_a_form'
  if (endpoint.body)
    codes.add('body_timeout').add('too_many_bodies').add('too_large').add(otherBody).add('encoded_body')
  if (endpoint.limit) codes.add('too_many_requests')
  if (changes) codes.add('cross_site')
  if (parameters.length > 0 && route.method !== 'ALL') codes.add('not_found')
  if (route.method !== 'ALL') codes.add('method_not_allowed')
  const known = Object.keys(errorCodes).filter((code): code is ErrorCode => codes.has(code))
  return known.sort((one, other) => errorCodes[one].status - errorCodes[other].status)
}
