import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { anyone } from '#src/guards.ts'
import type { Route } from '#src/http/mount.ts'
import { routes } from '#src/routes.ts'
import type { World } from '#src/world/world.ts'
import { type Caller, type Cast, callerNames, castOf, sendAs } from '#test/support/callers.ts'
import type { Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** The decision of a guard on a caller: allowed, or this error. */
type Decision = 'allowed' | 'not_signed_in' | 'forbidden' | 'invalid_client' | 'sent to sign in'

const people = {
  nobody: 'not_signed_in',
  user: 'allowed',
  'other user': 'allowed',
  'disabled user': 'not_signed_in',
  'demoted admin with the old token': 'not_signed_in',
  'demoted admin signed in again': 'allowed',
  admin: 'allowed',
  verifier: 'not_signed_in',
  'user with the proof of the other side': 'not_signed_in',
} as const satisfies Record<Caller, Decision>

const everyone = (decision: Decision) => rowOf(() => decision)

/** The decision of each guard about each kind of caller. A guard that is missing here fails the test. */
const decisions: Readonly<Record<string, Readonly<Record<Caller, Decision>>>> = {
  anyone: everyone('allowed'),
  visitor: everyone('allowed'),
  'this machine, or an IP address in `SIGIL_METRICS_ALLOW`': everyone('allowed'),
  'signed in': people,
  'role admin or auditor': administrationRow(),
  'role admin or auditor or support': administrationRow(),
  'role admin, with a recent proof': administrationRow(),
  'page session': {
    ...rowOf((caller) => (people[caller] === 'allowed' ? 'allowed' : 'sent to sign in')),
    // The page session stays, with the current roles of its user.
    'demoted admin with the old token': 'allowed',
  },
  'page session with role admin or auditor': consoleRow(),
  'page session with role admin or auditor or support': consoleRow(),
  'page session with role admin, with a recent proof': consoleRow(),
  'verifier key': { ...everyone('not_signed_in'), verifier: 'allowed' },
}

function rowOf(decision: (caller: Caller) => Decision): Record<Caller, Decision> {
  const row = Object.fromEntries(callerNames.map((caller) => [caller, decision(caller)]))
  return row as Record<Caller, Decision>
}

/** What the other readers may call is tested with the administration. */
function administrationRow(): Record<Caller, Decision> {
  return {
    ...people,
    user: 'forbidden',
    'other user': 'forbidden',
    'demoted admin signed in again': 'forbidden',
  }
}

/** Every guard of the console admits administrators; the access of readers is tested with the console. */
function consoleRow(): Record<Caller, Decision> {
  return {
    ...rowOf((caller) => (people[caller] === 'allowed' ? 'forbidden' : 'sent to sign in')),
    'demoted admin with the old token': 'forbidden',
    admin: 'allowed',
  }
}

/** The guard of whole areas, so that no route in them gets a different one by mistake. */
const areas: Readonly<Record<string, string>> = {
  '/api/v1/me/': 'signed in',
  '/api/v1/users/': 'role admin',
  '/api/v1/roles/': 'role admin',
  '/api/v1/audit/': 'role admin',
  '/api/v1/apps/': 'role admin',
  '/api/v1/apis/': 'role admin',
  '/consent/': 'page session',
  '/api/v1/revocations/': 'verifier key',
  '/account/': 'page session',
  '/admin/': 'page session with role admin',
}

function decisionFor({ guard, method, path }: Route<World>, caller: Caller): Decision {
  const row = decisions[guard.name]
  if (!row) throw new Error(`${method} ${path} has the guard "${guard.name}", which the matrix does not know`)
  return row[caller]
}

/** The decision in an answer. */
function decisionIn({ surface, method }: Route<World>, reply: Reply): Decision {
  const { status, body, headers, text } = reply
  if (surface === 'page') {
    const { location = '' } = headers
    if (status === 403) return 'forbidden'
    // Signing out redirects to the same page, but with other cookies: an ended session is explained.
    const isOver =
      reply.cookies.length === 0 || reply.cookies.some((cookie) => cookie.includes('session_over'))
    const isSent =
      method === 'GET' ? location.startsWith('/sign-in?next=') : location === '/sign-in' && isOver
    return status === 303 && isSent ? 'sent to sign in' : 'allowed'
  }
  if (surface === 'oauth') return text.includes('"invalid_client"') ? 'invalid_client' : 'allowed'
  return body.code === 'not_signed_in' || body.code === 'forbidden' ? body.code : 'allowed'
}

test('every guard of the route table is in the matrix, and a new one is detected', () => {
  for (const route of routes) for (const caller of callerNames) decisionFor(route, caller)
  const used = new Set(routes.map(({ guard }) => guard.name))
  assert.deepEqual(
    Object.keys(decisions).filter((name) => !used.has(name)),
    [],
  )
  for (const [where, name] of Object.entries(areas)) {
    // The link of the first administrator is checked by its endpoint.
    const behind = routes.filter(({ path }) => `${path}/`.startsWith(where) && path !== '/admin/setup')
    assert.ok(behind.length > 0, where)
    for (const { method, path, guard } of behind) assert.ok(guard.name.startsWith(name), `${method} ${path}`)
  }
  const [first] = routes
  assert.ok(first)
  const strange = { ...first, guard: { ...anyone, name: 'a new guard' } }
  assert.throws(() => decisionFor(strange, 'nobody'), /a new guard/)
})

onBothEngines('every route with every kind of caller', (engine) => {
  const server = serverForSuite(engine)
  let cast: Cast
  let seenBefore = ''
  before(async () => {
    cast = await castOf(server())
    seenBefore = await cast.seen()
  })

  for (const caller of callerNames) {
    test(`every guard decides correctly for the caller "${caller}"`, async () => {
      for (const route of routes) {
        const what = `${route.method} ${route.path} by ${caller}`
        const decision = decisionFor(route, caller)
        const reply = await sendAs(cast, caller, route, decision === 'allowed')
        assert.ok(reply.status < 500, `${what}: ${reply.status} ${reply.text}`)
        if (checksItself(route)) continue
        assert.equal(
          decisionIn(route, reply),
          decision,
          `${what}: ${reply.status} ${reply.text.slice(0, 300)}`,
        )
        if (requestsOthers(route, caller, decision))
          assert.equal(reply.status, 404, `${what}: ${reply.status}`)
      }
    })
  }

  test('the calls of the matrix have not changed their target user', async () => {
    assert.equal(await cast.seen(), seenBefore)
    assert.match(seenBefore, /"status":"active"/)
  })

  test('endpoints that check tokens themselves reject revoked ones, except to log out', async () => {
    const checking = routes.filter(checksItself)
    assert.ok(checking.length >= 4)
    for (const route of checking) {
      for (const caller of ['nobody', 'disabled user', 'demoted admin with the old token'] as const) {
        const isRepeat = route.path.endsWith('/logout') && caller !== 'nobody'
        const { status } = await sendAs(cast, caller, route, false)
        assert.equal(status, isRepeat ? 204 : 401, `${route.method} ${route.path} by ${caller}`)
      }
    }
  })
})

/** The other user is allowed to call, but the object belongs to someone else: it is not found. */
function requestsOthers(
  { path, guard, endpoint }: Route<World>,
  caller: Caller,
  decision: Decision,
): boolean {
  const isOnesOwn = guard.name === 'signed in' || guard.name === 'page session'
  return (
    caller === 'other user' && decision === 'allowed' && isOnesOwn && path.includes('/:') && !endpoint.body
  )
}

/**
 * Its guard lets anyone in, and the endpoint checks the token itself. At hosts of apps, no token of these
 * callers is valid.
 */
function checksItself({ guard, endpoint, path }: Route<World>): boolean {
  const isOfHost = path.startsWith('/.sigil/')
  return guard.name === 'anyone' && endpoint.errors.includes('not_signed_in') && !isOfHost
}
