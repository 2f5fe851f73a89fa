import type { Call } from '#src/http/call.ts'

/** RFC 7240 section 3: confirms that the preference was applied. */
export const preferenceApplied = { 'preference-applied': 'respond-async' }

/** RFC 7240 section 4.1. The wait continues after the response; if it fails, that is logged elsewhere. */
export function mayAnswerEarly(call: Pick<Call, 'header'>, propagated: Promise<unknown>): boolean {
  const isRequested = /(^|[,\s])respond-async([,;\s]|$)/i.test(call.header('prefer') ?? '')
  if (isRequested) propagated.catch(() => {})
  return isRequested
}
