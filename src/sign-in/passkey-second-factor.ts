import { proofOptions } from '#src/credentials/passkeys/options.ts'
import { pendingSignIn } from '#src/sign-in/prove.ts'
import type { World } from '#src/world/world.ts'

/**
 * Returns WebAuthn request options whose challenge is bound to a pending sign-in. Undefined if it has expired
 * or does not accept a passkey.
 */
export async function secondFactorOptions(world: World, pending: { mfaToken: string; forPages: boolean }) {
  const found = await pendingSignIn(world, pending)
  if (!found?.attempt.due.includes('passkey')) return undefined
  const { id: boundTo, userId } = found.attempt
  return proofOptions(world, { purpose: 'second_factor', boundTo, userId })
}
