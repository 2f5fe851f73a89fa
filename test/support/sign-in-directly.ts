import assert from 'node:assert/strict'
import type { SignedIn } from '#src/sign-in/finish.ts'
import { type SigningIn, signIn } from '#src/sign-in/sign-in.ts'
import type { World } from '#src/world/world.ts'

/** Signs in with the use case, without HTTP. Fails if a second factor is due. */
export async function signInDirectly(world: World, input: SigningIn): Promise<SignedIn> {
  const result = await signIn(world, input)
  assert.ok(result.kind === 'signed_in', 'a second factor is due')
  return result
}
