import assert from 'node:assert/strict'
import { byCli } from '#src/audit/by.ts'
import type { Route } from '#src/http/mount.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import type { World } from '#src/world/world.ts'
import { browserAt, clientAt, type Reply, type Sent } from '#test/support/client.ts'
import { signedInOnPage } from '#test/support/forms.ts'
import { type Person, personWithRoles, signedIn } from '#test/support/people.ts'

export const callerNames = [
  'nobody',
  'user',
  'other user',
  'disabled user',
  'demoted admin with the old token',
  'demoted admin signed in again',
  'admin',
  'verifier',
  'user with the proof of the other side',
] as const

/** All kinds of callers that guards distinguish. */
export type Caller = (typeof callerNames)[number]

/** The credentials of a caller: for the API a token or a cookie, for pages a cookie. */
type Hands = { readonly api: Sent; readonly page: Sent }

/** A user who does nothing, and whom no call may affect. */
type Bystander = { readonly id: string; readonly sessionId: string }

export type Cast = {
  readonly url: string
  readonly bystander: Bystander
  readonly handsOf: (caller: Caller) => Hands
  /** A new caller of the same kind, for a call that makes its caller unusable. */
  readonly another: (caller: Caller) => Promise<Hands>
  /** The bystander as an administrator sees them. */
  readonly seen: () => Promise<string>
}

type Where = { readonly url: string; readonly world: World }

export async function castOf(where: Where): Promise<Cast> {
  const admin = await newcomer(where, ['default_user', 'admin'])
  const client = clientAt(where.url)
  const another = makerOf(where, (method, path) =>
    client.send(method, path, { ...admin.hands.api, json: {} }),
  )
  const hands = new Map<Caller, Hands>()
  for (const caller of callerNames) hands.set(caller, await another(caller))
  const quiet = await newcomer(where, ['default_user'])
  const path = `/api/v1/users/${quiet.person.id}`
  return {
    url: where.url,
    bystander: { id: quiet.person.id, sessionId: quiet.sessionId },
    handsOf: (caller) => hands.get(caller) ?? assert.fail(caller),
    another,
    seen: async () => {
      const about = [path, `${path}/sessions`, `${path}/roles`]
      const replies = await Promise.all(about.map((one) => client.get(one, admin.hands.api)))
      return replies.map(({ text }) => text).join('\n')
    },
  }
}

type AsAdmin = (method: string, path: string) => Promise<Reply>

function makerOf(where: Where, asAdmin: AsAdmin): Cast['another'] {
  const demoted = async () => {
    const one = await newcomer(where, ['default_user', 'admin'])
    const { status } = await asAdmin('DELETE', `/api/v1/users/${one.person.id}/roles/admin`)
    assert.equal(status, 204)
    return one
  }
  const user = async () => (await newcomer(where, ['default_user'])).hands
  const makers: Readonly<Record<Caller, () => Promise<Hands>>> = {
    nobody: async () => ({ api: {}, page: {} }),
    user,
    'other user': user,
    'disabled user': async () => {
      const { person, hands } = await newcomer(where, ['default_user'])
      const { status } = await asAdmin('POST', `/api/v1/users/${person.id}/disable`)
      assert.equal(status, 200)
      return hands
    },
    'demoted admin with the old token': async () => (await demoted()).hands,
    'demoted admin signed in again': async () => (await signedInHands(where, (await demoted()).person)).hands,
    admin: async () => (await newcomer(where, ['default_user', 'admin'])).hands,
    verifier: async () => {
      const added = await addVerifier(where.world, { name: 'a resource server', by: byCli })
      return { api: { bearer: added?.key ?? '' }, page: { bearer: added?.key ?? '' } }
    },
    'user with the proof of the other side': async () => {
      const { api, page } = await user()
      return { api: page, page: { headers: { cookie: `access_token=${api.bearer}` } } }
    },
  }
  return (caller) => makers[caller]()
}

async function newcomer(where: Where, roles: readonly string[]) {
  return signedInHands(where, await personWithRoles(where.world, roles))
}

async function signedInHands({ url }: Where, person: Person) {
  const browser = browserAt(url)
  await signedInOnPage(browser, person.email)
  const session = await signedIn(clientAt(url), person)
  const cookie = `session=${browser.jar.valueOf('session')}`
  const hands: Hands = { api: { bearer: session.access_token }, page: { headers: { cookie } } }
  return { person, hands, sessionId: session.session_id }
}

/**
 * Makes a call that would affect the bystander. Callers that the guard admits send an invalid body or an
 * unknown id, so that nothing happens; other users send ids that are not theirs.
 */
export async function sendAs(
  cast: Cast,
  caller: Caller,
  route: Route<World>,
  isLetIn: boolean,
): Promise<Reply> {
  const { method, surface, endpoint, path } = route
  const changes = method !== 'GET' && method !== 'ALL'
  const usesUpCaller = isLetIn && changes && !endpoint.body && !path.includes(':')
  const hands = usesUpCaller ? await cast.another(caller) : cast.handsOf(caller)
  const { bearer, headers } = surface === 'page' ? hands.page : hands.api
  const asksForOwn = isLetIn && caller !== 'other user'
  // Objects of other users are not found with any body, so this sends a valid one.
  const isForOthers = caller === 'other user' && path.includes('/:')
  const body = endpoint.body ? bodyFor(surface, isLetIn && !isForOthers) : undefined
  return clientAt(cast.url).send(method === 'ALL' ? 'GET' : method, addressOf(path, cast, asksForOwn), {
    ...(bearer === undefined ? {} : { bearer }),
    ...(body === undefined ? {} : { raw: body.text }),
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': body.type }) },
  })
}

function addressOf(path: string, { bystander }: Cast, asksForOwn: boolean): string {
  const { id, sessionId } = bystander
  const isOfSessions = /\/sessions\/:id/.test(path)
  const names: Record<string, string> = { id: isOfSessions ? sessionId : id, sid: sessionId }
  const named = path.replaceAll(/:(\w+)/g, (_, name) => (asksForOwn ? 'not-there' : (names[name] ?? 'guest')))
  return named.replace('*', 'some/page')
}

/** An invalid body for admitted callers, a valid one for all others. */
function bodyFor(surface: Route<World>['surface'], isLetIn: boolean): { type: string; text: string } {
  if (surface === 'api') return { type: 'application/json', text: isLetIn ? '{"no such key":1}' : '{}' }
  return { type: 'application/x-www-form-urlencoded', text: isLetIn ? 'a=1&a=2' : '' }
}
