import type { Answered } from '#faults/calls.ts'
import { monotonicMs, type Revocation } from '#faults/history.ts'

/** The outcome of a call without a response. */
export function sentNow() {
  return { begin: monotonicMs(), end: Number.POSITIVE_INFINITY, outcome: 'unknown' as const }
}

export function outcomeOf(
  { kind }: Pick<Revocation, 'kind'>,
  answer: Answered | undefined,
): Revocation['outcome'] {
  const status = answer?.status ?? 0
  if (kind === 'reuse') return 'acknowledged'
  if (status >= 400 && status < 500) return 'refused'
  if (kind === 'logout_all') return answer?.body.everywhere === true ? 'acknowledged' : 'unknown'
  return status === 200 || status === 204 || status === 303 ? 'acknowledged' : 'unknown'
}
