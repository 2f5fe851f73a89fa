import type { Call } from '#src/http/call.ts'

/** Whoever did something. `nobody` has not said who they are; `system` is the server by itself. */
export type Actor =
  | { readonly kind: 'user'; readonly id: string }
  | { readonly kind: 'nobody' | 'cli' | 'system' }

/** Who does something, from where, and in which request: what every verb that is audited is told. */
export type By = {
  readonly actor: Actor
  readonly address: string | undefined
  readonly requestId: string | undefined
}

export function byCallerOf({
  caller,
  address,
  requestId,
}: Pick<Call, 'caller' | 'address' | 'requestId'>): By {
  return { actor: caller ? { kind: 'user', id: caller.userId } : { kind: 'nobody' }, address, requestId }
}

/** The same request, once it is known who makes it. */
export function asUser(by: By, userId: string): By {
  return { ...by, actor: { kind: 'user', id: userId } }
}

export const byCli: By = { actor: { kind: 'cli' }, address: undefined, requestId: undefined }
export const bySystem: By = { actor: { kind: 'system' }, address: undefined, requestId: undefined }
