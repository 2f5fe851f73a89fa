import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, type Report } from '#faults/checker.ts'
import {
  type Fault,
  type History,
  newHistory,
  type Refresh,
  type Revocation,
  type Token,
  type Verify,
} from '#faults/history.ts'

/** One token, issued between 0 and 10. */
const token: Token = {
  id: 1,
  kind: 'session',
  user: 'ann',
  session: 's1',
  signature: 'old',
  begin: 0,
  end: 10,
}

const logout: Revocation = {
  kind: 'logout',
  user: 'ann',
  session: 's1',
  begin: 100,
  end: 200,
  outcome: 'acknowledged',
}

const logoutAll: Revocation = { ...logout, kind: 'logout_all', session: undefined }

const refreshed: Refresh = {
  kind: 'once',
  user: 'ann',
  session: 's1',
  presented: 'r1',
  begin: 20,
  end: 30,
  outcome: { successor: 'r2' },
}

function accepted(begin: number, more: Partial<Verify> = {}): Verify {
  return { judge: 'node-0', token: 1, begin, end: begin + 1, verdict: 'accepted', ...more }
}

function seen(history: Partial<History>, demands: Record<string, number> = {}): Report {
  return check({ ...newHistory(), began: 0, tokens: [token], ...history }, demands)
}

const violationsOf = (history: Partial<History>) => seen(history).violations

test('accepting a token after a logout of its session was answered is a violation', () => {
  assert.deepEqual(violationsOf({ verifies: [accepted(200.5)], revocations: [logout] }), [
    'at 0.201 s node-0 accepted token 1, 0.5 ms after logout was answered',
  ])
})

test('accepting a token is allowed if the verification began before the logout was answered', () => {
  assert.deepEqual(violationsOf({ verifies: [accepted(199, { end: 5000 })], revocations: [logout] }), [])
})

test('rejecting a token or returning 503 after the answer is allowed', () => {
  const verifies = [accepted(300, { verdict: 'refused' }), accepted(300, { verdict: 'undecided' })]
  assert.deepEqual(violationsOf({ verifies, revocations: [logout] }), [])
})

test('accepting a token is allowed after a rejected revocation or one without an answer', () => {
  for (const outcome of ['refused', 'unknown'] as const) {
    assert.deepEqual(
      violationsOf({ verifies: [accepted(300)], revocations: [{ ...logout, outcome }] }),
      [],
      outcome,
    )
  }
})

test('a logout revokes the tokens of its own session only', () => {
  assert.deepEqual(
    violationsOf({ verifies: [accepted(300)], revocations: [{ ...logout, session: 's2' }] }),
    [],
  )
})

test('a logout everywhere revokes every token with a signature seen before it', () => {
  const late = { ...token, id: 2, session: 's2', begin: 150, end: 250 }
  const verifies = [accepted(300), accepted(300, { token: 2 })]
  assert.equal(violationsOf({ tokens: [token, late], verifies, revocations: [logoutAll] }).length, 2)
})

test('a logout everywhere does not affect tokens with a new signature or of other users', () => {
  const fresh = { ...token, id: 2, signature: 'new', begin: 150, end: 180 }
  const foreign = { ...token, id: 3, user: 'bob' }
  const verifies = [accepted(300, { token: 2 }), accepted(300, { token: 3 })]
  const tokens = [token, fresh, foreign]
  assert.deepEqual(violationsOf({ tokens, verifies, revocations: [logoutAll] }), [])
})

/** Tokens of one app: of a grant that is bound to the session s1, and of an offline one. */
const bound: Token = { ...token, id: 5, kind: 'app', signature: 'g1', grant: 'g1', app: 'notes' }
const offline: Token = { ...bound, id: 6, signature: 'g2', grant: 'g2', session: '' }

function killedOf(revocation: Revocation, tokens: readonly Token[]): number[] {
  const verifies = tokens.map(({ id }) => accepted(300, { token: id }))
  const text = violationsOf({ tokens: [...tokens], verifies, revocations: [revocation] })
  return text.map((line) => Number(/token (\d+)/.exec(line)?.[1]))
}

test('a revoked grant, a signed-out session and a removed app each revoke their own tokens', () => {
  const all = [token, bound, offline]
  const ending = { ...logout, session: undefined }
  assert.deepEqual(killedOf({ ...ending, kind: 'grant', grant: 'g2' }, all), [6])
  assert.deepEqual(killedOf(logout, all), [1, 5])
  assert.deepEqual(killedOf({ ...ending, kind: 'app', app: 'notes' }, all), [5, 6])
})

test('removing the app of an exchanged token or the app that exchanged it revokes the token', () => {
  const exchanged: Token = { ...bound, id: 8, kind: 'exchanged', actor: 'machine' }
  const ending = { ...logout, kind: 'app', session: undefined } as const
  assert.deepEqual(killedOf({ ...ending, app: 'machine' }, [bound, exchanged]), [8])
  assert.deepEqual(killedOf({ ...ending, app: 'notes' }, [bound, exchanged]), [5, 8])
})

test('disabling an app and deleting a user revoke the grants seen before, and no later ones', () => {
  const late = { ...bound, id: 7, signature: 'g3', grant: 'g3', begin: 150, end: 180 }
  const ending = { ...logout, session: undefined }
  const disabled = { ...ending, kind: 'app_disabled', app: 'notes' } as const
  assert.deepEqual(killedOf(disabled, [token, bound, offline, late]), [5, 6])
  assert.deepEqual(killedOf({ ...ending, kind: 'delete' }, [token, bound, offline, late]), [1, 5, 6])
})

test('disconnecting an app revokes the grants seen before it, and no later ones', () => {
  const late = { ...bound, id: 7, signature: 'g3', grant: 'g3', begin: 150, end: 180 }
  const disconnect = { ...logout, kind: 'disconnect', session: undefined, app: 'notes' } as const
  assert.deepEqual(killedOf(disconnect, [token, bound, offline, late]), [5, 6])
})

test('a logout everywhere revokes grants of every kind, and a change of roles none', () => {
  assert.deepEqual(killedOf(logoutAll, [token, bound, offline]), [1, 5, 6])
  const role = { ...logoutAll, kind: 'role' } as const
  assert.deepEqual(killedOf(role, [token, bound, offline]), [1])
  const verifies = [accepted(150, { token: 5, verdict: 'refused' })]
  assert.equal(violationsOf({ tokens: [bound], verifies, revocations: [role] }).length, 1)
})

test('refreshing a grant whose session, app or user has lost its rights is a violation', () => {
  const refreshes = [{ ...refreshed, session: 'g1', begin: 201, end: 210 }]
  const app = { ...logoutAll, kind: 'app', app: 'notes' } as const
  for (const revocation of [logout, logoutAll, app]) {
    const text = violationsOf({ tokens: [bound], refreshes, revocations: [revocation] })
    assert.deepEqual(text, [`session g1 was refreshed after ${revocation.kind} was answered`])
  }
  const ofOffline = [{ ...refreshed, session: 'g2', begin: 201, end: 210 }]
  assert.deepEqual(violationsOf({ tokens: [offline], refreshes: ofOffline, revocations: [logout] }), [])
})

test('an audit log that does not verify is a violation', () => {
  assert.deepEqual(violationsOf({ audits: ['whole', { broken: 'from event 3 on' }] }), [
    'the audit log is broken: from event 3 on',
  ])
})

test('of several revocations of a token, the first answer counts', () => {
  const later = { ...logout, begin: 400, end: 500 }
  assert.equal(violationsOf({ verifies: [accepted(300)], revocations: [later, logout] }).length, 1)
})

test('rejecting a token that was not revoked is a violation', () => {
  const no = { verdict: 'refused' } as const
  assert.deepEqual(violationsOf({ verifies: [accepted(50, no)], revocations: [logout] }), [
    'at 0.050 s node-0 refused token 1, which nothing had revoked',
  ])
})

test('rejecting a token is allowed while a revocation or a refresh has no answer', () => {
  const verifies = [accepted(150, { verdict: 'refused' })]
  const lost = { ...logoutAll, begin: 5, outcome: 'unknown' as const }
  assert.deepEqual(violationsOf({ verifies, revocations: [logout] }), [])
  assert.deepEqual(violationsOf({ verifies, revocations: [lost] }), [])
  assert.deepEqual(violationsOf({ verifies, refreshes: [{ ...refreshed, outcome: 'unknown' }] }), [])
  assert.equal(violationsOf({ verifies, refreshes: [refreshed] }).length, 1)
})

test('a verdict on a token that was never issued is a violation', () => {
  assert.equal(violationsOf({ verifies: [accepted(50, { token: 9 })] }).length, 1)
})

test('a refresh token with two successors is a violation, the same successor twice is not', () => {
  const again = { ...refreshed, kind: 'twice', begin: 25, end: 35 } as const
  assert.deepEqual(violationsOf({ refreshes: [refreshed, again] }), [])
  assert.deepEqual(violationsOf({ refreshes: [refreshed, { ...again, outcome: { successor: 'rx' } }] }), [
    'a refresh token of session s1 has 2 successors',
  ])
})

test('using a refresh token after its successor was used is a violation', () => {
  const next: Refresh = { ...refreshed, presented: 'r2', begin: 40, end: 50, outcome: { successor: 'r3' } }
  const late = { ...refreshed, kind: 'replay', begin: 51, end: 60 } as const
  assert.deepEqual(violationsOf({ refreshes: [refreshed, next, { ...late, begin: 49 }] }), [])
  assert.deepEqual(violationsOf({ refreshes: [refreshed, next, { ...late, outcome: 'refused' }] }), [])
  assert.deepEqual(violationsOf({ refreshes: [refreshed, next, late] }), [
    'a refresh token of session s1 was spent again after its successor was',
  ])
})

test('refreshing an ended session is a violation, refreshing after a role change is not', () => {
  const refreshes = [{ ...refreshed, begin: 201, end: 210 }]
  for (const ending of [logout, logoutAll]) {
    assert.equal(violationsOf({ refreshes, revocations: [ending] }).length, 1)
    assert.deepEqual(violationsOf({ refreshes, revocations: [{ ...ending, end: 202 }] }), [])
  }
  assert.deepEqual(violationsOf({ refreshes, revocations: [{ ...logoutAll, kind: 'role' }] }), [])
  const younger = { ...token, session: 's1', begin: 150, end: 160 }
  assert.deepEqual(violationsOf({ tokens: [younger], refreshes, revocations: [logoutAll] }), [])
})

test('an event that occurs less often than required is reported as a shortage', () => {
  const history = { verifies: [accepted(20), accepted(30)], revocations: [logout] }
  const enough = { 'node-0 accepted': 2, 'node-0 certainly good': 2, 'logout acknowledged': 1 }
  assert.deepEqual(seen(history, enough).shortages, [])
  assert.deepEqual(seen(history, { 'node-0 accepted': 3, 'role acknowledged': 1 }).shortages, [
    'node-0 accepted: 2, and at least 3 were wanted',
    'role acknowledged: 0, and at least 1 were wanted',
  ])
})

const away = (count: number) =>
  Array.from({ length: count }, (_, i) => accepted(5000 + i, { verdict: 'undecided' }))
const good = Array.from({ length: 990 }, (_, i) => accepted(6000 + i))

test('a judge that accepts less than 99 % of the valid tokens is reported', () => {
  assert.deepEqual(seen({ verifies: [...away(10), ...good] }).accidents, [])
  assert.deepEqual(seen({ verifies: [...away(11), ...good] }).accidents, [
    'node-0 accepted 990 of 1001 tokens that were good',
  ])
  const others = good.map((verify) => ({ ...verify, judge: 'node-1' }))
  assert.equal(seen({ verifies: [...away(11), ...others] }).accidents.length, 1)
})

test('a judge may return 503 during a fault and shortly after', () => {
  const error: Fault = { name: 'freeze node-0', judges: ['node-0'], begin: 4000, end: 4900 }
  const verifies = away(11)
  assert.deepEqual(seen({ verifies, errors: [error] }).accidents, [])
  assert.equal(seen({ verifies, errors: [{ ...error, judges: ['node-1'] }] }).accidents.length, 1)
  assert.equal(seen({ verifies, errors: [{ ...error, begin: 100, end: 200 }] }).accidents.length, 1)
})
