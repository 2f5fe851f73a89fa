import { type Answer, empty, json } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { mayAnswerEarly, preferenceApplied } from '#src/http/prefer.ts'
import type { Propagation } from '#src/revocations/propagation.ts'

type Asked = Pick<Call, 'header'>

/** `204` when it holds everywhere, or `202` at once where the caller would rather not wait. */
export async function done(call: Asked, propagated: Promise<Propagation>): Promise<Answer> {
  if (mayAnswerEarly(call, propagated)) return empty(202, preferenceApplied)
  await propagated
  return empty(204)
}

/** The same with a body: `200`, or `202`. */
export async function jsonWhenRevoked(
  call: Asked,
  propagated: Promise<Propagation>,
  body: unknown,
): Promise<Answer> {
  if (mayAnswerEarly(call, propagated)) return json(202, body, preferenceApplied)
  await propagated
  return json(200, body)
}

/** The same for what ends sessions, with how many and how far it has reached. */
export async function sessionsEndedAnswer(
  call: Asked,
  { sessionsEnded, propagated }: { sessionsEnded: number; propagated: Promise<Propagation> },
): Promise<Answer> {
  if (mayAnswerEarly(call, propagated)) {
    const body = { sessions_ended: sessionsEnded, everywhere: false, waited_ms: 0 }
    return json(202, body, preferenceApplied)
  }
  const { everywhere, waitedMs } = await propagated
  return json(200, { sessions_ended: sessionsEnded, everywhere, waited_ms: Math.round(waitedMs) })
}
