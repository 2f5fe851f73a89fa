import type { By } from '#src/audit/by.ts'
import { hashPassword, isRenewedBy, matches } from '#src/credentials/passwords/hash.ts'
import { AppError } from '#src/errors/errors.ts'
import { recordFailure } from '#src/sessions/record-failure.ts'
import type { Client } from '#src/sessions/session.ts'
import { type Admitted, admit } from '#src/sign-in/admit.ts'
import { countGuess } from '#src/sign-in/guesses.ts'
import type { LabelsOf } from '#src/telemetry/metrics.ts'
import { findByLogin } from '#src/users/find.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type SigningIn = {
  readonly login: string
  readonly password: string
  readonly client: Client
  readonly forPages: boolean
  /** The cookie of a browser that has signed in before, as it was presented. */
  readonly knownBrowser: string | undefined
  readonly by: By
}

/** A role or a name may change while a password is checked: that alone does not make the password wrong. */
const attempts = 3

/**
 * Signs in with a password. Unknown login, wrong password and disabled user end the same way, after the same
 * work: one look-up, one guess counted, one hash, one line of history. Past the limit a hash is made in vain,
 * so that nobody is told that the guess went unchecked.
 */
export async function signIn(world: World, attempt: SigningIn): Promise<Admitted & { user: User }> {
  let user = await findByLogin(world.db.query, attempt.login)
  const { password, client } = attempt
  const guess = await countGuess(world, { ...attempt, user })
  const passwordHash = guess && user?.passwordHash
  const proven = await matches(world, { password, passwordHash, address: client.address }).catch((error) => {
    if (error instanceof AppError) count(world, 'busy')
    throw error
  })
  if (!guess) throw wrong(world, 'limited')
  for (let tries = 0; user && proven && user.state === 'active' && tries < attempts; tries++) {
    const admitted = await admit(world, { ...(await proofOf(world, attempt, user)), user })
    if (admitted) {
      await guess.takeBack()
      count(world, 'none')
      return { ...admitted, user }
    }
    user = await sameUserAgain(world, attempt, user)
  }
  await recordFailure(world, { user, client, method: 'password' })
  // Told only of those who proved who they are: the numbers answer no guess about who is known here.
  throw wrong(world, proven && user?.state === 'disabled' ? 'disabled' : 'wrong_credentials')
}

type Reason = LabelsOf<'sigil_sign_ins_total'>['reason']

function wrong(world: World, reason: Reason): AppError {
  count(world, reason)
  return new AppError('wrong_credentials')
}

function count({ metrics }: World, reason: Reason): void {
  metrics.count('sigil_sign_ins_total', { outcome: reason === 'none' ? 'signed_in' : 'refused', reason })
}

async function proofOf(world: World, { password, client, forPages, by }: SigningIn, user: User) {
  const isOld = user.passwordHash !== undefined && isRenewedBy(password, user.passwordHash)
  const freshHash = isOld ? await hashPassword(world, password, client.address) : undefined
  return { method: 'password' as const, amr: ['pwd'], client, forPages, freshHash, by }
}

/**
 * The user once more, where the password is still theirs. Another sign-in may have renewed an outdated hash
 * meanwhile: a hash that is not the one that was proven proves nothing, so the password is held against it
 * again.
 */
async function sameUserAgain(
  world: World,
  { login, password, client }: SigningIn,
  seen: User,
): Promise<User | undefined> {
  const again = await findByLogin(world.db.query, login)
  if (again?.id !== seen.id) return undefined
  const { passwordHash } = again
  const isSame = passwordHash === seen.passwordHash
  const proven = isSame || (await matches(world, { password, passwordHash, address: client.address }))
  return proven ? again : undefined
}
