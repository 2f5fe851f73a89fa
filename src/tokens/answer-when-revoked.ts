import { type Answer, empty, json } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { mayAnswerEarly, preferenceApplied } from '#src/http/prefer.ts'
import type { Propagation } from '#src/revocations/propagation.ts'

type Headers = Pick<Call, 'header'>

/** `204` once the revocation is propagated, or `202` at once if the caller prefers not to wait. */
export async function emptyWhenRevoked(call: Headers, propagated: Promise<Propagation>): Promise<Answer> {
  if (mayAnswerEarly(call, propagated)) return empty(202, preferenceApplied)
  await propagated
  return empty(204)
}

/** The same with a body: `200`, or `202`. */
export async function jsonWhenRevoked(
  call: Headers,
  propagated: Promise<Propagation>,
  body: unknown,
): Promise<Answer> {
  if (mayAnswerEarly(call, propagated)) return json(202, body, preferenceApplied)
  await propagated
  return json(200, body)
}

/** The same for calls that end sessions: their number, and the propagation. */
export async function sessionsEndedAnswer(
  call: Headers,
  { sessionsEnded, propagated }: { sessionsEnded: number; propagated: Promise<Propagation> },
): Promise<Answer> {
  if (mayAnswerEarly(call, propagated)) {
    const body = { sessions_ended: sessionsEnded, everywhere: false, waited_ms: 0 }
    return json(202, body, preferenceApplied)
  }
  const { everywhere, waitedMs } = await propagated
  return json(200, { sessions_ended: sessionsEnded, everywhere, waited_ms: Math.round(waitedMs) })
}
