import assert from 'node:assert/strict'
import fc from 'fast-check'
import { actsOfApps, actsOfOwners, removeTheApp } from '#test/model/app-commands.ts'
import { actsOfVisitors } from '#test/model/attempt-commands.ts'
import { actsOnFactors } from '#test/model/factor-commands.ts'
import { isRecent, secondFactorsOf } from '#test/model/factor-model.ts'
import { actsByMail } from '#test/model/mail-commands.ts'
import {
  endAll,
  endSessions,
  goOn,
  isAccepted,
  type Pair,
  refresh as refreshInModel,
} from '#test/model/model.ts'
import {
  asAdmin,
  assertSame,
  clientFrom,
  type Held,
  type HeldByApp,
  keep,
  momentAt,
  personAt,
  type Real,
} from '#test/model/real.ts'
import type { Reply } from '#test/support/client.ts'
import { logOut, refresh, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'

export type Command = fc.AsyncCommand<object, Real>

type Action = (real: Real, which: number, place: number) => Promise<void>

const minuteMs = 60_000
const newPassword = 'another plum tarot 43'

const acts: Readonly<Record<string, Action>> = {
  ...actsOfVisitors,
  ...actsByMail,
  'sign in with a wrong password': async (real, which, place) => {
    const login = { login: personAt(real, which).email, password: 'not the password 77' }
    const reply = await signIn(clientFrom(real, momentAt(real, place)), login)
    assertRefused(reply, 'wrong_credentials')
  },
  refresh: withHeld(async (real, { pair, body }, place) => {
    const moment = momentAt(real, place)
    const reply = await refresh(clientFrom(real, moment), body.refresh_token)
    const next = refreshInModel(pair, moment)
    if (typeof next === 'string') return assertRefused(reply, next)
    const { session, handle, counter } = next
    const twin = real.held.find(({ pair: other }) => {
      return other.session === session && other.handle === handle && other.counter === counter
    })
    if (twin) assert.equal(reply.body.refresh_token, twin.body.refresh_token)
    assert.equal(reply.body.session_id, body.session_id)
    keep(real, next, reply)
  }),
  'log out with the access token': withHeld(async (real, { pair, body }, place) => {
    const client = clientFrom(real, momentAt(real, place))
    const reply = await logOut(client, body.access_token)
    assert.equal(reply.status, 204, reply.text)
    pair.session.ended ??= 'otherwise'
  }),
  'log out with the refresh token': withHeld(async (real, { pair, body }, place) => {
    const client = clientFrom(real, momentAt(real, place))
    const reply = await client.post('/api/v1/auth/logout', { refresh_token: body.refresh_token })
    if (pair.handle !== pair.session.handle) return assertRefused(reply, 'not_signed_in')
    assert.equal(reply.status, 204, reply.text)
    pair.session.ended ??= 'otherwise'
  }),
  'log out everywhere': asOwner('POST', '/api/v1/auth/logout_all', (real, { session }, reply) => {
    const ended = endAll(session.owner, { now: real.clock.now() })
    assert.deepEqual([reply.status, reply.body.sessions_ended, reply.body.everywhere], [200, ended, true])
  }),
  'end the other sessions': asOwner('DELETE', '/api/v1/me/sessions', (real, { session }, reply) => {
    const ended = endSessions(session.owner, { now: real.clock.now(), spared: session })
    assert.deepEqual([reply.status, reply.body.sessions_ended], [200, ended])
  }),
  'change the password': withHeld(async (real, { pair, body }, place) => {
    const { session } = pair
    const now = real.clock.now()
    const change = {
      current: session.owner.password ?? 'not the password 77',
      new: `${newPassword} ${session.owner.signature}`,
    }
    const client = clientFrom(real, momentAt(real, place))
    const reply = await client.put('/api/v1/me/password', change, { bearer: body.access_token })
    const missing = session.owner.password === undefined ? 'wrong_password' : undefined
    const refused = whyNotChange(pair, now) ?? missing
    if (refused) return assertRefused(reply, refused)
    session.owner.password = change.new
    endAll(session.owner, { now, spared: session })
    keep(real, goOn(session, now), reply)
  }),
  'change the password with a wrong current one': withHeld(async (real, { pair, body }, place) => {
    const change = { current: 'not the password 77', new: newPassword }
    const client = clientFrom(real, momentAt(real, place))
    const reply = await client.put('/api/v1/me/password', change, { bearer: body.access_token })
    assertRefused(reply, whyNotChange(pair, real.clock.now()) ?? 'wrong_password')
  }),
  'give or take a role': async (real, which) => {
    const { id, user } = personAt(real, which)
    const isHeld = user.roles.has('guest')
    const reply = await asAdmin(real, isHeld ? 'DELETE' : 'PUT', `/api/v1/users/${id}/roles/guest`)
    assert.equal(reply.status, 204, reply.text)
    if (isHeld) user.roles.delete('guest')
    else user.roles.add('guest')
    user.signature++
  },
  disable: async (real, which) => {
    const { id, user } = personAt(real, which)
    assert.equal((await asAdmin(real, 'POST', `/api/v1/users/${id}/disable`)).status, 200)
    user.isActive = false
    endAll(user, { now: real.clock.now() })
  },
  enable: async (real, which) => {
    const { id, user } = personAt(real, which)
    assert.equal((await asAdmin(real, 'POST', `/api/v1/users/${id}/enable`)).status, 200)
    Object.assign(user, { isActive: true, leavesAt: undefined })
  },
  'let some seconds pass': async ({ clock }, which) => clock.forward(1000 * (1 + (which % 15))),
  'let a quarter of an hour pass': async ({ clock }) => clock.forward(15 * minuteMs),
  'let two weeks pass': async ({ clock }, which) => clock.forward((13 + (which % 2)) * 24 * 60 * minuteMs),
  restart: async (real) => real.restart(),
  ...mapped(actsOfOwners, withHeld),
  ...mapped(actsOnFactors, withHeld),
  ...mapped(actsOfApps, withHeldByApp),
  'remove the app': async (real) => removeTheApp(real),
}

/** The relative frequency of each command. */
const weights: Readonly<Record<string, number>> = {
  'sign in': 5,
  'prove a second factor': 5,
  'request a message to sign in with': 2,
  'request a message to set a new password': 2,
  'sign in with a code by mail': 4,
  'set a new password by mail': 4,
  'verify the email': 2,
  'prove again who one is': 2,
  'set up an authenticator app': 3,
  'add a passkey': 2,
  refresh: 8,
  'connect an app': 3,
  'connect an app that acts offline': 2,
  'refresh an app': 6,
  'change the password': 2,
  'let some seconds pass': 2,
}

export const commands: fc.Arbitrary<Command>[] = Object.entries(acts).flatMap(([name, act]) => {
  const one = fc.tuple(fc.nat(60), fc.nat(5)).map(([which, place]) => command(name, { act, which, place }))
  return Array.from({ length: weights[name] ?? 1 }, () => one)
})

function command(
  name: string,
  { act, which, place }: { act: Action; which: number; place: number },
): Command {
  return {
    check: () => true,
    async run(_model, real) {
      await act(real, which, place)
      await assertSame(real)
    },
    toString: () => `${name} (${which}, ${place})`,
  }
}

/** Picks a pair issued before, mostly a recent one. Does nothing if there is none yet. */
function withHeld(act: (real: Real, held: Held, place: number) => Promise<void>): Action {
  return async (real, which, place) => {
    const recent = which % 2 === 0 ? real.held.slice(-4) : real.held
    const held = recent[Math.floor(which / 2) % Math.max(1, recent.length)]
    if (held) await act(real, held, place)
  }
}

function withHeldByApp(act: (real: Real, held: HeldByApp, place: number) => Promise<void>): Action {
  return async (real, which, place) => {
    const recent = which % 2 === 0 ? real.heldByApps.slice(-4) : real.heldByApps
    const held = recent[Math.floor(which / 2) % Math.max(1, recent.length)]
    if (held) await act(real, held, place)
  }
}

function mapped<T>(acts: Readonly<Record<string, T>>, toAction: (act: T) => Action): Record<string, Action> {
  return Object.fromEntries(Object.entries(acts).map(([name, act]) => [name, toAction(act)]))
}

/** With a second factor on, a recent proof of it is needed too. */
function whyNotChange(pair: Pair, now: number): 'not_signed_in' | 'step_up_required' | undefined {
  if (!isAccepted(pair, now)) return 'not_signed_in'
  const { session } = pair
  return secondFactorsOf(session.owner).length === 0 || isRecent(session, now)
    ? undefined
    : 'step_up_required'
}

/** A call with an access token: an invalid one is rejected and changes nothing. */
function asOwner(method: string, path: string, then: (real: Real, pair: Pair, reply: Reply) => void): Action {
  return withHeld(async (real, { pair, body }, place) => {
    const client = clientFrom(real, momentAt(real, place))
    const reply = await client.send(method, path, { bearer: body.access_token })
    if (isAccepted(pair, real.clock.now())) then(real, pair, reply)
    else assertRefused(reply, 'not_signed_in')
  })
}
