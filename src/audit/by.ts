import type { Call } from '#src/http/call.ts'
import { currentTrace, type Trace } from '#src/telemetry/trace.ts'

/**
 * The authenticated actor of an event. A verifier is a resource server, by its name. `nobody` is not
 * authenticated; `system` is the server itself.
 */
export type Actor =
  | { readonly kind: 'user' | 'verifier'; readonly id: string }
  | { readonly kind: 'nobody' | 'cli' | 'system' }

/** The actor, the IP address and the request: a parameter of every audited use case. */
export type By = {
  readonly actor: Actor
  readonly address: string | undefined
  readonly requestId: string | undefined
  /** Events of calls that share a transaction must not be taken for those of one trace. */
  readonly trace?: Trace | undefined
}

type Made = Pick<Call, 'caller' | 'verifier' | 'address' | 'requestId'>

export function byCallerOf({ address, requestId, ...identity }: Made): By {
  return { actor: actorOf(identity), address, requestId, trace: currentTrace() }
}

function actorOf({ caller, verifier }: Pick<Call, 'caller' | 'verifier'>): Actor {
  if (caller) return { kind: 'user', id: caller.userId }
  return verifier === undefined ? { kind: 'nobody' } : { kind: 'verifier', id: verifier }
}

/** The same request, once its user is known. */
export function asUser(by: By, userId: string): By {
  return { ...by, actor: { kind: 'user', id: userId } }
}

export const byCli: By = { actor: { kind: 'cli' }, address: undefined, requestId: undefined }
export const bySystem: By = { actor: { kind: 'system' }, address: undefined, requestId: undefined }
