import assert from 'node:assert/strict'
import { type SigningUp, signUp } from '#src/sign-in/sign-up.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** Signs up without HTTP, on a server that does not require verification. */
export async function signUpDirectly(world: World, input: SigningUp): Promise<User> {
  const signedUp = await signUp(world, input)
  assert.equal(signedUp.kind, 'created')
  return signedUp.kind === 'created' ? signedUp.user : assert.fail()
}
