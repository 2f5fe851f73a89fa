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

/** What a guard says to a caller: it lets them through, or this no. */
type Word = 'let in' | 'not_signed_in' | 'forbidden' | 'invalid_client' | 'led to sign in'

const people = {
  nobody: 'not_signed_in',
  user: 'let in',
  'other user': 'let in',
  'disabled user': 'not_signed_in',
  'demoted admin with the old token': 'not_signed_in',
  'demoted admin signed in anew': 'let in',
  admin: 'let in',
  verifier: 'not_signed_in',
  'user with the proof of the other side': 'not_signed_in',
} as const satisfies Record<Caller, Word>

const everybody = (word: Word) => rowOf(() => word)

/** What each guard says to each kind of caller. A guard that is not here fails the test. */
const words: Readonly<Record<string, Readonly<Record<Caller, Word>>>> = {
  anyone: everybody('let in'),
  visitor: everybody('let in'),
  'this machine, or an address in `SIGIL_METRICS_ALLOW`': everybody('let in'),
  'signed in': people,
  'role admin': {
    ...people,
    user: 'forbidden',
    'other user': 'forbidden',
    'demoted admin signed in anew': 'forbidden',
  },
  'role admin, with a recent proof': {
    ...people,
    user: 'forbidden',
    'other user': 'forbidden',
    'demoted admin signed in anew': 'forbidden',
  },
  'page session': {
    ...rowOf((caller) => (people[caller] === 'let in' ? 'let in' : 'led to sign in')),
    // The session of a page lives on, with the roles that its user has now.
    'demoted admin with the old token': 'let in',
  },
  'verifier key': { ...everybody('not_signed_in'), verifier: 'let in' },
  'verifier key, by Bearer or Basic': { ...everybody('invalid_client'), verifier: 'let in' },
}

function rowOf(word: (caller: Caller) => Word): Record<Caller, Word> {
  const row = Object.fromEntries(callerNames.map((caller) => [caller, word(caller)]))
  return row as Record<Caller, Word>
}

/** The guard of whole areas, so that nobody opens one of their doors by a slip. */
const doors: Readonly<Record<string, string>> = {
  '/api/v1/me/': 'signed in',
  '/api/v1/users/': 'role admin',
  '/api/v1/roles/': 'role admin',
  '/api/v1/audit/': 'role admin',
  '/api/v1/revocations/': 'verifier key',
  '/oauth/': 'verifier key, by Bearer or Basic',
  '/account/': 'page session',
}

function wordFor({ guard, method, path }: Route<World>, caller: Caller): Word {
  const row = words[guard.name]
  if (!row) throw new Error(`${method} ${path} has the guard "${guard.name}", which the matrix does not know`)
  return row[caller]
}

/** What was said, as far as it is about who came. */
function wordIn({ surface, method }: Route<World>, reply: Reply): Word {
  const { status, body, headers, text } = reply
  if (surface === 'page') {
    const { location = '' } = headers
    const isLed = method === 'GET' ? location.startsWith('/sign-in?next=') : location === '/sign-in'
    return status === 303 && isLed ? 'led to sign in' : 'let in'
  }
  if (surface === 'oauth') return text.includes('"invalid_client"') ? 'invalid_client' : 'let in'
  return body.code === 'not_signed_in' || body.code === 'forbidden' ? body.code : 'let in'
}

test('every guard of the table is in the matrix, and a new one is noticed', () => {
  for (const route of routes) for (const caller of callerNames) wordFor(route, caller)
  const used = new Set(routes.map(({ guard }) => guard.name))
  assert.deepEqual(
    Object.keys(words).filter((name) => !used.has(name)),
    [],
  )
  for (const [where, name] of Object.entries(doors)) {
    const behind = routes.filter(({ path }) => `${path}/`.startsWith(where))
    assert.ok(behind.length > 0, where)
    for (const { method, path, guard } of behind) assert.ok(guard.name.startsWith(name), `${method} ${path}`)
  }
  const [first] = routes
  assert.ok(first)
  const strange = { ...first, guard: { ...anyone, name: 'whoever asks nicely' } }
  assert.throws(() => wordFor(strange, 'nobody'), /whoever asks nicely/)
})

onBothEngines('every route and every kind of caller:', (engine) => {
  const server = serverForSuite(engine)
  let cast: Cast
  let seenBefore = ''
  before(async () => {
    cast = await castOf(server())
    seenBefore = await cast.seen()
  })

  for (const caller of callerNames) {
    test(caller, async () => {
      for (const route of routes) {
        const what = `${route.method} ${route.path} by ${caller}`
        const word = wordFor(route, caller)
        const reply = await sendAs(cast, caller, route, word === 'let in')
        assert.ok(reply.status < 500, `${what}: ${reply.status} ${reply.text}`)
        if (asksItself(route)) continue
        assert.equal(wordIn(route, reply), word, `${what}: ${reply.status} ${reply.text.slice(0, 300)}`)
        if (asksForOthers(route, caller, word)) assert.equal(reply.status, 404, `${what}: ${reply.status}`)
      }
    })
  }

  test('nothing has happened to whom all of it was about', async () => {
    assert.equal(await cast.seen(), seenBefore)
    assert.match(seenBefore, /"status":"active"/)
  })

  test('what asks for a token by itself takes no dead one, but to log out once more', async () => {
    const asking = routes.filter(asksItself)
    assert.ok(asking.length >= 4)
    for (const route of asking) {
      for (const caller of ['nobody', 'disabled user', 'demoted admin with the old token'] as const) {
        const isRepeat = route.path.endsWith('/logout') && caller !== 'nobody'
        const { status } = await sendAs(cast, caller, route, false)
        assert.equal(status, isRepeat ? 204 : 401, `${route.method} ${route.path} by ${caller}`)
      }
    }
  })
})

/** The other user is let in, and names what is somebody's: to them it is not there. */
function asksForOthers({ path, guard }: Route<World>, caller: Caller, word: Word): boolean {
  const isOnesOwn = guard.name === 'signed in' || guard.name === 'page session'
  return caller === 'other user' && word === 'let in' && isOnesOwn && path.includes('/:')
}

/** Its guard lets anyone in, and the endpoint looks at the token itself. */
function asksItself({ guard, endpoint }: Route<World>): boolean {
  return guard.name === 'anyone' && endpoint.errors.includes('not_signed_in')
}
