import type { World } from '#src/world/world.ts'

export type SignInReason =
  | 'none'
  | 'wrong_credentials'
  | 'wrong_code'
  | 'wrong_passkey'
  | 'disabled'
  | 'limited'
  | 'busy'

/** Counts how a sign-in ended; `none` is one that succeeded. */
export function countSignIn({ metrics }: World, reason: SignInReason): void {
  metrics.count('sigil_sign_ins_total', { outcome: reason === 'none' ? 'signed_in' : 'refused', reason })
}
