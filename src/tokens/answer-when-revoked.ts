import { type Answer, empty, json } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { mayAnswerEarly, preferenceApplied } from '#src/http/prefer.ts'
import type { Reach } from '#src/revocations/propagation.ts'

type Asked = Pick<Call, 'header'>

/** `204` when it holds everywhere, or `202` at once where the caller would rather not wait. */
export async function done(call: Asked, reached: Promise<Reach>): Promise<Answer> {
  if (mayAnswerEarly(call, reached)) return empty(202, preferenceApplied)
  await reached
  return empty(204)
}

/** The same with a body: `200`, or `202`. */
export async function doneWith(call: Asked, reached: Promise<Reach>, body: unknown): Promise<Answer> {
  if (mayAnswerEarly(call, reached)) return json(202, body, preferenceApplied)
  await reached
  return json(200, body)
}

/** The same for what ends sessions, with how many and how far it has reached. */
export async function endedAll(
  call: Asked,
  { sessionsEnded, reached }: { sessionsEnded: number; reached: Promise<Reach> },
): Promise<Answer> {
  if (mayAnswerEarly(call, reached)) {
    const body = { sessions_ended: sessionsEnded, everywhere: false, waited_ms: 0 }
    return json(202, body, preferenceApplied)
  }
  const { everywhere, waitedMs } = await reached
  return json(200, { sessions_ended: sessionsEnded, everywhere, waited_ms: Math.round(waitedMs) })
}
