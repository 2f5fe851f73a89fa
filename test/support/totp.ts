import assert from 'node:assert/strict'
import { Secret, TOTP } from 'otpauth'
import { systemClock } from '#src/platform/clock.ts'
import type { Client, Reply } from '#test/support/client.ts'
import { arrived, type Person, refreshed, signIn } from '#test/support/people.ts'
import type { TestClock } from '#test/support/test-clock.ts'
import type { WireSession } from '#test/support/wire-body.ts'

/** The code that an authenticator app shows now. */
export function codeAt(secret: string, at: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at })
}

/** A code that the app does not show around this time. */
export function wrongCodeAt(secret: string, at: number): string {
  const right = [-30_000, 0, 30_000].map((ms) => codeAt(secret, at + ms))
  const wrong = ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code))
  assert.ok(wrong)
  return wrong
}

export type Enrolled = {
  readonly person: Person
  readonly session: WireSession
  readonly secret: string
  readonly codes: readonly string[]
  /** The code of the next time step, to which it moves the clock. */
  readonly nextCode: () => string
}

/** A clock for a server with the system clock, which accepts the code of the next step early. */
export function clockAhead(): Pick<TestClock, 'now' | 'forward'> {
  let ahead = 0
  return {
    now: () => systemClock.now() + ahead,
    forward: (ms) => {
      ahead += ms
    },
  }
}

/** A new user with an authenticator app. */
export async function enrolled(client: Client, clock: Pick<TestClock, 'now' | 'forward'>): Promise<Enrolled> {
  const { person, session } = await arrived(client)
  return { person, session, ...(await addedTotp(client, { bearer: session.access_token, clock })) }
}

/** Adds an authenticator app to the account of a session. */
export async function addedTotp(
  client: Client,
  { bearer, clock }: { bearer: string; clock: Pick<TestClock, 'now' | 'forward'> },
): Promise<Omit<Enrolled, 'person' | 'session'>> {
  const begun = await client.post('/api/v1/me/totp', {}, { bearer })
  assert.equal(begun.status, 201, begun.text)
  const { secret } = begun.body
  const first = { code: codeAt(secret, clock.now()) }
  const confirmed = await client.post('/api/v1/me/totp/confirm', first, { bearer })
  assert.equal(confirmed.status, 200, confirmed.text)
  const nextCode = () => {
    clock.forward(30_000)
    return codeAt(secret, clock.now())
  }
  return { secret, codes: confirmed.body.recovery_codes, nextCode }
}

/** A new user with an authenticator app, eleven minutes later: the session no longer has a recent proof. */
export async function enrolledEarlier(client: Client, clock: TestClock): Promise<Enrolled> {
  const user = await enrolled(client, clock)
  clock.forward(11 * 60_000)
  return { ...user, session: await refreshed(client, user.session.refresh_token) }
}

/** The first step of a sign-in that needs two. */
export async function halfSignedIn(client: Client, person: Person): Promise<string> {
  const reply = await signIn(client, person)
  assert.equal(reply.status, 200, reply.text)
  assert.equal(reply.body.mfa_required, true, reply.text)
  assert.deepEqual(reply.cookies, [])
  return reply.body.mfa_token
}

export function prove(client: Client, mfaToken: string, more: Record<string, unknown>): Promise<Reply> {
  return client.post('/api/v1/auth/mfa', { mfa_token: mfaToken, method: 'totp', ...more })
}
