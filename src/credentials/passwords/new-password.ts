import { hashPassword } from '#src/credentials/passwords/hash.ts'
import { isLeaked } from '#src/credentials/passwords/leak-check.ts'
import { commonPasswords } from '#src/credentials/passwords/leaked-passwords.ts'
import { passwordProblem } from '#src/credentials/passwords/password.ts'
import { AppError } from '#src/errors/errors.ts'
import type { World } from '#src/world/world.ts'

type Choice = {
  readonly password: string
  readonly owner: { email: string; username: string | undefined; fullName: string | undefined }
  /** The pointer to the password in the body, for the error. */
  readonly pointer: string
  readonly address: string
}

/** Returns the PHC string of a new password. Throws if the password is easy to guess. */
export async function hashNewPassword(world: World, choice: Choice): Promise<string> {
  const problem = passwordProblem(choice.password, { ...choice, common: await commonPasswords() })
  if (problem) throw new AppError('invalid_request', { errors: [problem] })
  if (await isLeaked(world, choice.password))
    throw new AppError('invalid_request', { errors: [{ pointer: choice.pointer, code: 'leaked' }] })
  return hashPassword(world, choice.password, choice.address)
}
