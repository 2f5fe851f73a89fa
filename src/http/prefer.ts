import type { Call } from '#src/http/call.ts'

/** RFC 7240 section 3: says that the wish was granted. */
export const preferenceApplied = { 'preference-applied': 'respond-async' }

/**
 * RFC 7240 section 4.1. The wait goes on behind the answer; its failure is the log's business, not a crash.
 */
export function mayAnswerEarly(call: Pick<Call, 'header'>, propagated: Promise<unknown>): boolean {
  const isAsked = /(^|[,\s])respond-async([,;\s]|$)/i.test(call.header('prefer') ?? '')
  if (isAsked) propagated.catch(() => {})
  return isAsked
}
