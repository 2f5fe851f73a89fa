/** The ids of existing objects for the pages of the console. */
export type Filled = {
  readonly email: string
  readonly userId: string
  readonly clientId: string
  readonly apiName: string
  readonly verifierName: string
  readonly deliveryId: string
}

/**
 * Each page of the console: its route, and the URLs at which tests open it. A missing page fails a test, so
 * none is omitted from the checks for accessibility, languages and escaping.
 */
export function consolePages(filled: Filled): Readonly<Record<string, readonly string[]>> {
  const { userId, clientId, apiName, verifierName, deliveryId } = filled
  const user = `/admin/users/${userId}`
  const app = `/admin/apps/${clientId}`
  const api = `/admin/apis/${apiName}`
  return {
    '/admin': ['/admin', '/admin?period=90d'],
    '/admin/users': ['/admin/users', '/admin/users?q=nobody-is-called-that'],
    '/admin/users/bulk': [`/admin/users/bulk?action=disable&id=${userId}`],
    '/admin/users/:id': [user],
    '/admin/users/:id/disable': [`${user}/disable`],
    '/admin/users/:id/sign-out': [`${user}/sign-out`],
    '/admin/users/:id/reset-link': [`${user}/reset-link`],
    '/admin/users/:id/delete': [`${user}/delete`],
    '/admin/users/:id/sessions/:sid/end': [],
    '/admin/users/:id/factors/:what/remove': [`${user}/factors/totp/remove`],
    '/admin/users/:id/passkeys/:what/remove': [`${user}/passkeys/any/remove`],
    '/admin/users/:id/connections/:what/remove': [`${user}/connections/any/remove`],
    '/admin/users/:id/devices/:what/remove': [`${user}/devices/any/remove`],
    '/admin/users/:id/apps/:what/remove': [`${user}/apps/${clientId}/remove`],
    '/admin/users/:id/roles/:role/revoke': [`${user}/roles/admin/revoke`],
    '/admin/sessions': ['/admin/sessions', '/admin/sessions?q=192.0.2.250&started=24h'],
    '/admin/sessions/end': ['/admin/sessions/end?all=yes'],
    '/admin/apps': ['/admin/apps', '/admin/apps?q=nothing&kind=native'],
    '/admin/apps/new': ['/admin/apps/new'],
    '/admin/apps/:id': [app],
    '/admin/apps/:id/edit': [`${app}/edit`],
    '/admin/apps/:id/secret': [`${app}/secret`],
    '/admin/apps/:id/disable': [`${app}/disable`],
    '/admin/apps/:id/remove': [`${app}/remove`],
    '/admin/apis': ['/admin/apis'],
    '/admin/apis/new': ['/admin/apis/new'],
    '/admin/apis/:name': [api],
    '/admin/apis/:name/scopes': [`${api}/scopes`],
    '/admin/apis/:name/remove': [`${api}/remove`],
    '/admin/verifiers/new': ['/admin/verifiers/new', `/admin/verifiers/new?api=${apiName}`],
    '/admin/verifiers/:name/remove': [`/admin/verifiers/${verifierName}/remove`],
    '/admin/roles': ['/admin/roles'],
    '/admin/roles/:name/delete': ['/admin/roles/guest/delete'],
    '/admin/audit': ['/admin/audit'],
    '/admin/audit/:id': [],
    '/admin/sign-in': ['/admin/sign-in'],
    '/admin/mail': ['/admin/mail', '/admin/mail?state=due', '/admin/mail?state=sent'],
    '/admin/mail/:id': [`/admin/mail/${deliveryId}`],
    '/admin/mail/:id/discard': [`/admin/mail/${deliveryId}/discard`],
    '/admin/nodes': ['/admin/nodes'],
    '/admin/keys': ['/admin/keys'],
    '/admin/keys/:purpose/rotate': ['/admin/keys/sign/rotate'],
    '/admin/settings': ['/admin/settings'],
    '/admin/health': ['/admin/health'],
  }
}

export function consolePaths(filled: Filled): string[] {
  return Object.values(consolePages(filled)).flat()
}
