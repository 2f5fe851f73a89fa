import { evict } from '#src/accounts/evict.ts'
import { refuseLeaving } from '#src/accounts/restore.ts'
import { asUser, type By } from '#src/audit/by.ts'
import { addConnection } from '#src/credentials/upstream/connect.ts'
import type { Arrival, Connection } from '#src/credentials/upstream/identity.ts'
import { findIdentity, markIdentityUsed } from '#src/credentials/upstream/upstream.sql.ts'
import { AppError } from '#src/errors/errors.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import { revokeAll } from '#src/sessions/end-everywhere.ts'
import { recordFailure } from '#src/sessions/record-failure.ts'
import type { Client } from '#src/sessions/session.ts'
import { next } from '#src/sign-in/attempt.ts'
import { attemptOf, policyOnDevice } from '#src/sign-in/begin.ts'
import { countFailure, countSignIn } from '#src/sign-in/outcomes.ts'
import { proceed, type SignInResult } from '#src/sign-in/proceed.ts'
import { recordSignUp, refuseWhereClosed } from '#src/sign-in/sign-up.ts'
import { createUser } from '#src/users/create.ts'
import type { User } from '#src/users/user.ts'
import { findUser, findUserByEmail, setEmailVerified } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type SigningIn = {
  readonly arrival: Arrival
  readonly client: Client
  /** The trusted-device cookie, as it was presented. */
  readonly trustedDevice: string | undefined
  /** The known-browser cookie, as it was presented. */
  readonly knownBrowser: string | undefined
  readonly by: By
}

export type UpstreamResult =
  | SignInResult
  /** An account with this email exists. Its owner signs in to it and confirms the connection. */
  | { readonly kind: 'link_needed'; readonly userId: string }

/** The user may have been changed, or the same person may have returned twice at the same time. */
const maxRounds = 3

/**
 * Signs in a person who returns from a provider. A second factor of the account is required as after a
 * password, regardless of the provider's checks. An email alone never connects accounts: a new identity gets
 * a new account, takes over one with an unverified email, or is connected by the owner of an existing one.
 */
export async function signInUpstream(world: World, input: SigningIn): Promise<UpstreamResult> {
  for (let round = 0; round < maxRounds; round++) {
    const known = await findIdentity(world.db.query, input.arrival)
    const result = known ? await signInKnown(world, input, known) : await settleUnknown(world, input)
    if (result) return result
  }
  countFailure(world, 'wrong_credentials', { by: input.by, method: 'upstream', user: undefined })
  throw new AppError('provider_failed')
}

async function signInKnown(
  world: World,
  { arrival, client, knownBrowser, trustedDevice, by }: SigningIn,
  connection: Connection,
): Promise<SignInResult | undefined> {
  const { db, clock } = world
  const user = await findUser(db.query, connection.userId)
  if (user) await refuseLeaving(world, user)
  if (user?.state === 'disabled') {
    await recordFailure(world, { user, client, method: 'upstream' })
    countFailure(world, 'disabled', { by, method: 'upstream', user })
    throw new AppError('provider_refused')
  }
  if (!user) return undefined
  const begun = attemptOf(world, { user, client, purpose: 'sign_in', forPages: true })
  const factor = { kind: 'upstream', amr: [], at: clock.now(), credentialId: connection.id } as const
  const policy = await policyOnDevice(world, { user, first: 'upstream', trustedDevice })
  const attempt = next(begun, factor, policy)
  await markIdentityUsed(db.query, connection.id, clock.now(), arrival.label)
  const result = await proceed(world, { attempt, user, freshHash: undefined, by, knownBrowser })
  if (result?.kind === 'signed_in') countSignIn(world)
  return result
}

/** Returns undefined once the identity is connected, so that it can sign in. */
async function settleUnknown(world: World, { arrival, by }: SigningIn): Promise<UpstreamResult | undefined> {
  const { verifiedEmail: email } = arrival
  if (email === undefined) throw new AppError('provider_email_unverified')
  const owner = await findUserByEmail(world.db.query, email)
  if (!owner) return signUpWith(world, { arrival, email, by })
  if (mayBeEvicted(owner)) return takeOver(world, { arrival, owner, by })
  // The account may belong to this identity, just created by a parallel call.
  if (await findIdentity(world.db.query, arrival)) return undefined
  return { kind: 'link_needed', userId: owner.id }
}

/**
 * An unverified email does not own the account. Administrators keep it nevertheless: another administrator
 * granted the role, which must not be transferred with an email.
 */
function mayBeEvicted({ emailVerifiedAt, state, roles }: User): boolean {
  return emailVerifiedAt === undefined && state === 'active' && !roles.includes('admin')
}

async function takeOver(
  world: World,
  { arrival, owner, by }: { arrival: Arrival; owner: User; by: By },
): Promise<undefined> {
  const { propagated } = await commitRevoking(world, async (query) => {
    const ended = await evict(query, world, { user: owner, by })
    if (!ended) return { outcome: undefined, revoked: [] }
    await addConnection(query, world, { identity: arrival, userId: owner.id, by: asUser(by, owner.id) })
    return { outcome: undefined, ...(await revokeAll(query, world, ended)) }
  })
  await propagated
}

/** The unique email and the unique identity decide between two parallel calls. */
async function signUpWith(
  world: World,
  { arrival, email, by }: { arrival: Arrival; email: string; by: By },
): Promise<undefined> {
  refuseWhereClosed(world)
  const { random, clock, db } = world
  const { fullName } = arrival
  const person = { email, username: undefined, fullName, passwordHash: undefined, roles: ['default_user'] }
  await db.transaction(async (query) => {
    const created = await createUser(query, { random, now: clock.now(), person })
    if (created.kind !== 'created') return
    const { user } = created
    await setEmailVerified(query, user.id, clock.now())
    await recordSignUp(query, world, { by, user })
    const added = { identity: arrival, userId: user.id, by: asUser(by, user.id) }
    // Thrown inside the transaction, so that no unusable account is left.
    if (!(await addConnection(query, world, added))) throw new AppError('connected_elsewhere')
  })
}
