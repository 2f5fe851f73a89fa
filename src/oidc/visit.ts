import type { AppWithSecrets } from '#src/apps/apps.sql.ts'
import type { Call } from '#src/http/call.ts'
import type { NodeRequest } from '#src/http/through-node.ts'
import type { TokenSubject } from '#src/tokens/token-subject.sql.ts'

/**
 * Data that accompanies a request through the provider, and data that it returns in addition to its response.
 */
export type Visit = {
  readonly call: Call
  /** The live page session of the browser. */
  readonly subject: TokenSubject | undefined
  /** An error that must not become a response of the provider. */
  failure?: unknown
  /** Why a request cannot be returned to its app. */
  rejected?: string
  /** The form that the browser posts to the app (Form Post Response Mode). */
  formPost?: FormPost
  /** The app that calls: one snapshot, in which it is authenticated and gets its tokens. */
  readonly calling?: AppWithSecrets
}

export type FormPost = {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

const visits = new WeakMap<NodeRequest, Visit>()

export function attachVisit(request: NodeRequest, visit: Visit): void {
  visits.set(request, visit)
}

export function visitOf(request: NodeRequest): Visit {
  const visit = visits.get(request)
  if (!visit) throw new Error('A request reached the provider without a visit')
  return visit
}
