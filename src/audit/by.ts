import type { Call } from '#src/http/call.ts'

/**
 * Who was authenticated when something was done. A verifier is a resource server, by its name. `nobody` has
 * not proved who they are; `system` is the server by itself.
 */
export type Actor =
  | { readonly kind: 'user' | 'verifier'; readonly id: string }
  | { readonly kind: 'nobody' | 'cli' | 'system' }

/** Who does something, from where, and in which request: every use case that is audited takes it. */
export type By = {
  readonly actor: Actor
  readonly address: string | undefined
  readonly requestId: string | undefined
}

type Made = Pick<Call, 'caller' | 'verifier' | 'address' | 'requestId'>

export function byCallerOf({ address, requestId, ...identity }: Made): By {
  return { actor: actorOf(identity), address, requestId }
}

function actorOf({ caller, verifier }: Pick<Call, 'caller' | 'verifier'>): Actor {
  if (caller) return { kind: 'user', id: caller.userId }
  return verifier === undefined ? { kind: 'nobody' } : { kind: 'verifier', id: verifier }
}

/** The same request, once it is known which user makes it. */
export function asUser(by: By, userId: string): By {
  return { ...by, actor: { kind: 'user', id: userId } }
}

export const byCli: By = { actor: { kind: 'cli' }, address: undefined, requestId: undefined }
export const bySystem: By = { actor: { kind: 'system' }, address: undefined, requestId: undefined }
