import assert from 'node:assert/strict'
import { judgeAppToken } from '#src/apps/judge-app-token.ts'
import { setEmailVerified } from '#src/users/users.sql.ts'
import { type App, type AppPair, isAppTokenAccepted } from '#test/model/app-model.ts'
import { type Attempt, type Device, noFactors } from '#test/model/factor-model.ts'
import { type Message, noMail } from '#test/model/mail-model.ts'
import { isAccepted, isLive, type Moment, type Pair, type User } from '#test/model/model.ts'
import { registerApp, type TestApp } from '#test/support/app-sign-in.ts'
import type { Authenticator } from '#test/support/authenticator.ts'
import { type Client, clientAt, type Reply } from '#test/support/client.ts'
import { goodPassword, personWithRoles, signedIn } from '#test/support/people.ts'
import type { TestServer } from '#test/support/server.ts'
import type { TestClock } from '#test/support/test-clock.ts'
import type { WireBody } from '#test/support/wire-body.ts'

/** The server that is compared with the model; each restart creates a new one. */
export type Stage = {
  readonly clock: TestClock
  readonly server: () => TestServer
  readonly restart: () => Promise<void>
}

export type Person = {
  readonly id: string
  readonly email: string
  readonly user: User
  readonly things: Things
}

/** A person of a run, with everything that proves who they are. */
type Things = {
  secret: string | undefined
  codes: string[]
  authenticator: Authenticator | undefined
  passkeyId: string
}

/** A message in the model, and what it contained. */
export type Mailed = {
  readonly person: Person
  readonly message: Message
  readonly code: string
  readonly token: string
}

/** A pair in the model, and the response that the client got. */
export type Held = { readonly pair: Pair; readonly body: WireBody }

/** The state of one run: its own people, and all pairs issued to them. */
export type Real = Stage & {
  readonly people: readonly Person[]
  readonly held: Held[]
  readonly admin: Person
  /** The app that users currently connect. */
  app: ConnectedApp
  readonly heldByApps: HeldByApp[]
  readonly attempts: { readonly model: Attempt; readonly token: string }[]
  readonly mailed: Mailed[]
  readonly devices: { readonly model: Device; readonly cookie: string }[]
}

/** The public URL of the server. */
export const origin = 'https://auth.example.org'

type ConnectedApp = { readonly registered: TestApp; readonly model: App }

export type HeldByApp = {
  readonly pair: AppPair
  readonly app: TestApp
  /** Empty before the first refresh. */
  readonly accessToken: string
  readonly refreshToken: string
}

const places = [
  { address: '192.0.2.1', userAgent: 'Laptop' },
  { address: '192.0.2.2', userAgent: 'Laptop' },
  { address: '198.51.100.1', userAgent: 'Phone' },
]

export async function realOn(stage: Stage): Promise<Real> {
  const [one, other, admin] = [
    await verified(stage, await newPerson(stage, ['default_user'])),
    await newPerson(stage, ['default_user']),
    await newPerson(stage, ['admin', 'default_user']),
  ]
  const held = { held: [], heldByApps: [], attempts: [], mailed: [], devices: [] }
  return { ...stage, people: [one, other], admin, app: await newApp(stage), ...held }
}

export async function newApp({ server }: Stage): Promise<ConnectedApp> {
  return { registered: await registerApp(server().world), model: { isRemoved: false } }
}

async function newPerson({ server }: Stage, roles: string[]): Promise<Person> {
  const { id, email } = await personWithRoles(server().world, roles)
  const user = {
    sessions: [],
    grants: [],
    roles: new Set(roles),
    signature: 0,
    password: goodPassword,
    mustChange: false,
    isActive: true,
    leavesAt: undefined,
    factors: noFactors(),
    mail: noMail(),
  }
  const things = { secret: undefined, codes: [], authenticator: undefined, passkeyId: 'none' }
  return { id, email, user, things }
}

async function verified({ server }: Stage, person: Person): Promise<Person> {
  await setEmailVerified(server().world.db.query, person.id, 1)
  person.user.mail.isVerified = true
  return person
}

export function personAt({ people }: Real, which: number): Person {
  const person = people[which % people.length]
  assert.ok(person)
  return person
}

export function keep({ held }: Real, pair: Pair, { status, body, text }: Reply): void {
  assert.equal(status, 200, text)
  held.push({ pair, body })
}

export function momentAt({ clock }: Real, place: number): Moment {
  const from = places[place % places.length]
  assert.ok(from)
  return { now: clock.now(), from }
}

export function clientFrom({ server }: Real, { from }: Moment): Client {
  return clientAt(server().url, from)
}

export async function asAdmin(real: Real, method: string, path: string, json?: unknown): Promise<Reply> {
  const client = clientFrom(real, momentAt(real, 0))
  const { access_token: bearer } = await signedIn(client, { ...real.admin, password: goodPassword })
  return client.send(method, path, { bearer, ...(json === undefined ? {} : { json }) })
}

/** Checks that every token is valid exactly if it is in the model, and that the live sessions are listed. */
export async function assertSame(real: Real): Promise<void> {
  const client = clientFrom(real, momentAt(real, 0))
  const now = real.clock.now()
  const judged = real.held.map(async ({ pair, body: issued }) => {
    const { body } = await client.post('/api/v1/auth/verify', { token: issued.access_token })
    assert.equal(body.access, isAccepted(pair, now))
    if (body.access) assert.deepEqual(body.roles, pair.roles)
  })
  await Promise.all(judged)
  for (const { pair, accessToken } of real.heldByApps) {
    const claims = await judgeAppToken(real.server().world, accessToken)
    assert.equal(claims !== undefined, isAppTokenAccepted(pair, now), 'a token of an app')
  }
  for (const { user } of real.people) {
    const own = real.held.filter(({ pair }) => pair.session.owner === user)
    const good = own.find(({ pair }) => isAccepted(pair, now))
    if (!good) continue
    const { body } = await client.get('/api/v1/me/sessions', { bearer: good.body.access_token })
    const live = own.filter(({ pair }) => isLive(pair.session, now)).map((held) => held.body.session_id)
    assert.deepEqual(body.data.map(({ id }) => id).sort(), [...new Set(live)].sort())
  }
}
