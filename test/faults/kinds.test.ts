import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check } from '#faults/checker.ts'
import { newHistory } from '#faults/history.ts'

test('verdicts are counted by the kind of the token', () => {
  const of = { user: 'ann', session: 's1', signature: 'g1', grant: 'g1', app: 'wiki' }
  const token = { ...of, id: 9, kind: 'ticket', begin: 0, end: 10 } as const
  const accepted = { judge: 'node-0', token: 9, begin: 20, end: 21, verdict: 'accepted' } as const
  const refused = { ...accepted, begin: 300, end: 301, verdict: 'refused' } as const
  const ending = { kind: 'logout', user: 'ann', session: 's1', begin: 100, end: 200 } as const
  const revocations = [{ ...ending, outcome: 'acknowledged' as const }]
  const seen = { tokens: [token], verifies: [accepted, refused], revocations }
  const { counts } = check({ ...newHistory(), began: 0, ...seen }, {})
  const count = (what: string) => counts[`ticket tokens ${what}`]
  assert.deepEqual([count('accepted'), count('certainly good'), count('refused when dead')], [1, 1, 1])
})
