import assert from 'node:assert/strict'
import {
  type Attempt,
  begin,
  isReplacing,
  type Kind,
  prove,
  replacePassword,
  secondFactorsOf,
  trust,
} from '#test/model/factor-model.ts'
import { open, setPassword, type User } from '#test/model/model.ts'
import { assertOutcome, kinds, personOf, proofOf } from '#test/model/proofs.ts'
import { asAdmin, clientFrom, keep, momentAt, personAt, type Real } from '#test/model/real.ts'
import type { Reply } from '#test/support/client.ts'
import { assertRefused } from '#test/support/rejected.ts'

type OfVisitor = (real: Real, which: number, place: number) => Promise<void>

const cookieName = '__Host-sigil_trusted_device'

/** Actions of visitors without a session. */
export const actsOfVisitors: Readonly<Record<string, OfVisitor>> = {
  'sign in': signIn,
  'prove a second factor': async (real, which, place) => {
    const attempt = pick(real.attempts, which)
    if (attempt) await proveFactor(real, attempt, { kind: kinds[place % 3] ?? 'totp', place, which })
  },
  'replace the password': async (real, which, place) => {
    const attempt = pick(real.attempts, which)
    if (!attempt) return
    const { now, ...moment } = momentAt(real, place)
    const password = `replaced plum tarot ${attempt.model.user.signature} ${which}`
    const sent = { mfa_token: attempt.token, password }
    const reply = await clientFrom(real, { now, ...moment }).post('/api/v1/auth/reset', sent)
    assertOutcome(reply, replacePassword(attempt.model, { password, now }), 204)
  },
  'set a password that must be replaced': async (real, which) => {
    const { id, user } = personAt(real, which)
    const password = `chosen plum tarot ${user.signature} ${which}`
    const sent = { password, must_change: true }
    assertOutcome(await asAdmin(real, 'PUT', `/api/v1/users/${id}/password`, sent), undefined, 204)
    setPassword(user, password, real.clock.now())
    user.mustChange = true
  },
}

async function signIn(real: Real, which: number, place: number): Promise<void> {
  const { email, user } = personAt(real, which)
  const moment = momentAt(real, place)
  const device = which % 3 === 0 ? pick(real.devices, which) : undefined
  const client = clientFrom(real, moment)
  const sent = { login: email, password: user.password ?? 'not the password 77' }
  const headers = device ? { cookie: device.cookie } : {}
  const reply = await client.post('/api/v1/auth/signin', sent, { headers })
  const outcome = begin(user, moment, device?.model)
  if (outcome === undefined) return keep(real, open(user, moment), reply)
  if (typeof outcome === 'string') {
    assertRefused(reply, outcome)
    if (outcome === 'account_being_deleted' && which % 2 === 0) await restore(real, user, reply)
    return
  }
  assertOutcome(reply, undefined, 200)
  const { access_token, mfa_token: token, methods = [] } = reply.body
  assert.deepEqual([access_token, methods], [undefined, outcome.due])
  real.attempts.push({ model: outcome, token })
}

async function restore(real: Real, user: User, { body }: Reply): Promise<void> {
  const client = clientFrom(real, momentAt(real, 0))
  const restored = await client.post('/api/v1/auth/restore', { token: body.restore_token })
  assertOutcome(restored, undefined, 204)
  Object.assign(user, { isActive: true, leavesAt: undefined })
}

type Proof = { readonly kind: Kind; readonly place: number; readonly which: number }

async function proveFactor(
  real: Real,
  { model, token }: { model: Attempt; token: string },
  { kind, place, which }: Proof,
): Promise<void> {
  const { user, begun } = model
  const moment = momentAt(real, place)
  const client = clientFrom(real, moment)
  const { things } = personOf(real, user)
  const options =
    kind === 'passkey' ? await client.post('/api/v1/auth/mfa/options', { mfa_token: token }) : undefined
  const isRight =
    which % 5 !== 0 && (kind !== 'passkey' || (options?.status === 200 && user.factors.hasPasskey))
  const proof = proofOf(things, { kind, isRight, options, now: moment.now })
  const isTrusting = which % 2 === 0
  const sent = { mfa_token: token, method: kind, trust_device: isTrusting, ...proof }
  const reply = await client.post('/api/v1/auth/mfa', sent)
  const isPossible = isRight && (kind !== 'recovery_code' || things.codes.length > 0)
  const refused = prove(model, kind, { isRight: isPossible, now: moment.now })
  if (refused) return assertRefused(reply, refused)
  if (kind === 'recovery_code') things.codes.shift()
  if (model.purpose === 'reset') return assert.equal(reply.status, 204, reply.text)
  if (isReplacing(model)) return assert.deepEqual([reply.body.access_token, reply.status], [undefined, 200])
  const pair = open(user, { now: moment.now, from: begun.from })
  pair.session.isTwofold = true
  keep(real, pair, reply)
  const cookie = reply.cookies.find((one) => one.startsWith(cookieName))?.split(';')[0]
  assert.equal(cookie !== undefined, isTrusting && secondFactorsOf(user).length > 0)
  if (cookie !== undefined) real.devices.push({ model: trust(user, moment.now), cookie })
}

/** Mostly a recent one. */
function pick<T>(all: readonly T[], which: number): T | undefined {
  const recent = which % 4 === 0 ? all : all.slice(-2)
  return recent[Math.floor(which / 4) % Math.max(1, recent.length)]
}
