import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { sendCode, subjectOfEmail } from '#src/credentials/email-codes/issue.ts'
import { hashNewPassword } from '#src/credentials/passwords/new-password.ts'
import type { Language } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { count } from '#src/limits/count.ts'
import { policies } from '#src/limits/policies.ts'
import { wakeOutbox } from '#src/outbox/enqueue.ts'
import { randomId } from '#src/platform/random.ts'
import { canSendMail, emailVerificationOf } from '#src/settings/settings.ts'
import { BrokenReference, type Query, Undone } from '#src/store/db.ts'
import { keptOrUndone } from '#src/store/kept-or-undone.ts'
import { sendAlong } from '#src/store/send-along.ts'
import { checkedEmail, refuseBadUsername } from '#src/users/checked-names.ts'
import { type Created, createUser, type NewPerson } from '#src/users/create.ts'
import { setLanguage } from '#src/users/email-owner.sql.ts'
import type { User } from '#src/users/user.ts'
import { usernameKey } from '#src/users/username.ts'
import { findUserByEmail, findUserByUsername } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export type SigningUp = Newcomer & { readonly password: string; readonly address: string }

export type Newcomer = {
  readonly email: string
  readonly username: string | undefined
  readonly fullName: string | undefined
  /** Of the messages to the new user. */
  readonly language?: Language
  readonly by: By
}

export type SignedUp =
  | { readonly kind: 'created'; readonly user: User }
  /** Only the message reveals whether the address is new or taken. */
  | { readonly kind: 'verification_required'; readonly email: string }

/**
 * Creates a user with its signature and the default role in one transaction; of twenty concurrent sign-ups
 * with one email, one succeeds. If emails must be verified, a taken one gets the same response as a new one,
 * and its owner gets a message.
 */
export async function signUp(world: World, input: SigningUp): Promise<SignedUp> {
  const owner = checkedNewcomer(world, input)
  const { password, address } = input
  const passwordHash = await hashNewPassword(world, { password, owner, pointer: '/password', address })
  const person = { ...owner, passwordHash, roles: ['default_user'] }
  return register(world, { input, person })
}

/** The checks that need no lookup. */
export function checkedNewcomer(
  world: World,
  { email, username, fullName }: Newcomer,
): Pick<NewPerson, 'email' | 'username' | 'fullName'> {
  refuseWhereClosed(world)
  const checked = checkedEmail(email)
  refuseBadUsername(username)
  return { email: checked, username, fullName }
}

type Registration = {
  readonly input: Newcomer
  readonly person: NewPerson
  /** A step that adds the first factor, if it is not a password. Returns false if it is rejected. */
  readonly attach?: (query: Query, user: User) => Promise<boolean>
}

/** Creates the account, with any first factor. */
export async function register(world: World, registration: Registration): Promise<SignedUp> {
  const { email } = registration.person
  if (emailVerificationOf(world.settings) === 'required') {
    await registerHidden(world, registration)
    return { kind: 'verification_required', email }
  }
  const created = await world.db
    .transaction(async (query) => {
      const outcome = await createAccount(query, world, registration)
      if (outcome.kind === 'created')
        await welcome(query, world, { ...registration, userId: outcome.user.id })
      return outcome
    })
    .catch(unlessUndone)
  wakeOutbox(world)
  if (!created) throw new AppError('passkey_rejected')
  if (created.kind === 'email_taken') throw new AppError('already_registered')
  if (created.kind === 'username_taken') throw new AppError('username_taken')
  return created
}

/** For a taken email too, with the same statements. */
async function registerHidden(world: World, registration: Registration): Promise<void> {
  // Only owners of taken addresses could be flooded: a new address gets only one message.
  const counted = await count(world, { policy: policies.messages, of: registration.person.email })
  const mayWrite = counted.kind === 'counted'
  const first = await createOrPretend(world, { registration, mayWrite }).catch((error) => {
    if (error instanceof BrokenReference) return 'overtaken'
    throw error
  })
  // The email or the username was taken, or the owner of the email deleted, at the same time.
  if (first === 'overtaken') await createOrPretend(world, { registration, mayWrite })
  wakeOutbox(world)
}

/**
 * For a taken email, an account with an impossible email is created and undone. If a taken username were an
 * error, a second sign-up with it would reveal whether the first one had created a user: it is omitted.
 */
async function createOrPretend(
  world: World,
  { registration, mayWrite }: { registration: Registration; mayWrite: boolean },
): Promise<'done' | 'overtaken' | undefined> {
  const { input, person } = registration
  const { email, username } = person
  return world.db
    .transaction(async (query) => {
      const owner = await findUserByEmail(query, email)
      const isUsed = username !== undefined && (await findUserByUsername(query, usernameKey(username)))
      const tried = {
        ...person,
        email: owner ? `taken:${email}` : email,
        username: isUsed ? undefined : username,
      }
      const isNew = owner === undefined
      const attempt = () => createAccount(query, world, { ...registration, person: tried })
      const created = await keptOrUndone(query, isNew, attempt)
      if (created.kind !== 'created') return 'overtaken' as const
      if (isNew) await welcome(query, world, { input, person, userId: created.user.id })
      else await writeToOwner(query, world, { input, owner, isSent: mayWrite })
      return 'done' as const
    })
    .catch(unlessUndone)
}

function unlessUndone(error: unknown): undefined {
  if (!(error instanceof Undone)) throw error
}

/** Controlled by `SIGIL_SIGN_UP`. Administrators can always create users. */
export function refuseWhereClosed({ settings }: Pick<World, 'settings'>): void {
  if (settings.signUp === 'closed') throw new AppError('sign_up_closed')
}

/** A step: inserts the user with any first factor, and records the event. */
async function createAccount(
  query: Query,
  world: World,
  { input, person, attach }: Registration,
): Promise<Created> {
  const { random, clock } = world
  const created = await createUser(query, { random, now: clock.now(), person })
  if (created.kind !== 'created') return created
  const { user } = created
  await recordSignUp(query, world, { by: input.by, user })
  sendAlong(setLanguage(query, user.id, input.language ?? 'en'))
  if (attach && !(await attach(query, user))) throw new Undone()
  return created
}

/** A step: records the event of any sign-up. */
export async function recordSignUp(
  query: Query,
  world: World,
  { by, user }: { by: By; user: User },
): Promise<void> {
  const { id, email, username, roles } = user
  await recordEvent(query, world, {
    event: 'user.signed_up',
    by: asUser(by, id),
    target: { kind: 'user', id },
    details: { after: { roles } },
    personal: { after: { email, username } },
  })
}

type Welcomed = { readonly input: Newcomer; readonly person: NewPerson; readonly userId: string }

/** A step: enqueues the message that verifies the email. */
async function welcome(
  query: Query,
  world: World,
  { input, person: { email }, userId }: Welcomed,
): Promise<void> {
  const { settings } = world
  if (!canSendMail(settings) || emailVerificationOf(settings) === 'off') return
  await sendCode(query, world, {
    purpose: 'verify_email',
    subject: subjectOfEmail(world, email),
    userId,
    email,
    message: { kind: 'verify_email', language: input.language ?? 'en', values: { email } },
  })
}

type Warned = { readonly input: Newcomer; readonly owner: User; readonly isSent: boolean }

/** A step: the same for a taken email. The code is useless: its secret is in no message. */
async function writeToOwner(query: Query, world: World, { input, owner, isSent }: Warned): Promise<void> {
  const link = `${world.settings.publicUrl}/sign-in`
  await sendCode(query, world, {
    purpose: 'verify_email',
    subject: subjectOfEmail(world, `taken:${randomId(world.random)}`),
    userId: owner.id,
    email: owner.email,
    message: { kind: 'address_taken', language: input.language ?? 'en', values: { link }, isSent },
  })
}
