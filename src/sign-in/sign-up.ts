import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { sendCode, subjectOfEmail } from '#src/credentials/email-codes/issue.ts'
import { hashNewPassword } from '#src/credentials/passwords/new-password.ts'
import type { Language } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { count } from '#src/limits/count.ts'
import { policies } from '#src/limits/policies.ts'
import { wakeOutbox } from '#src/outbox/enqueue.ts'
import { canSendMail, emailVerificationOf } from '#src/settings/settings.ts'
import { pretendToCreate } from '#src/sign-in/decoy-account.ts'
import { type Query, Undone } from '#src/store/db.ts'
import { sendAlong } from '#src/store/send-along.ts'
import { checkedEmail, refuseBadUsername } from '#src/users/checked-names.ts'
import { type Created, createUser, type NewPerson } from '#src/users/create.ts'
import { setLanguage } from '#src/users/email-owner.sql.ts'
import type { User } from '#src/users/user.ts'
import { usernameKey } from '#src/users/username.ts'
import { findUserByUsername } from '#src/users/users.sql.ts'
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
  /** The same work without an effect, for a taken email where that must not show. */
  readonly pretend?: (query: Query) => Promise<void>
}

/** Creates the account, with any first factor. */
export async function register(world: World, registration: Registration): Promise<SignedUp> {
  const { input, person, attach, pretend } = registration
  const { email } = person
  const isHidden = emailVerificationOf(world.settings) === 'required'
  // Only owners of taken addresses could be flooded: a new address gets only one message.
  const mayWrite =
    isHidden && (await count(world, { policy: policies.messages, of: email })).kind === 'counted'
  const created = await world.db
    .transaction(async (query) => {
      const outcome = await create(query, world, { person, isHidden })
      if (outcome.kind === 'created') {
        await welcome(query, world, { input, user: outcome.user })
        if (attach && !(await attach(query, outcome.user))) throw new Undone()
      } else if (outcome.kind === 'email_taken' && mayWrite) {
        await pretendToCreate(query, world)
        await writeToOwner(query, world, { email, input })
        await pretend?.(query)
      }
      return outcome
    })
    .catch((error) => {
      if (error instanceof Undone) return { kind: 'refused' } as const
      throw error
    })
  wakeOutbox(world)
  // If addresses are hidden, a different response would reveal that this one was new.
  if (isHidden && created.kind !== 'username_taken') return { kind: 'verification_required', email }
  if (created.kind === 'email_taken') throw new AppError('already_registered')
  if (created.kind === 'username_taken') throw new AppError('username_taken')
  if (created.kind === 'refused') throw new AppError('passkey_rejected')
  return created
}

/** Controlled by `SIGIL_SIGN_UP`. Administrators can always create users. */
export function refuseWhereClosed({ settings }: Pick<World, 'settings'>): void {
  if (settings.signUp === 'closed') throw new AppError('sign_up_closed')
}

/**
 * If taken addresses are hidden, a taken username is omitted instead of being an error: otherwise a second
 * sign-up with the same username would reveal whether the first one had created a user.
 */
async function create(
  query: Query,
  { random, clock }: World,
  { person, isHidden }: { person: NewPerson; isHidden: boolean },
): Promise<Created> {
  const { username } = person
  const isTaken =
    isHidden && username !== undefined && (await findUserByUsername(query, usernameKey(username)))
  const wanted = isTaken ? { ...person, username: undefined } : person
  return createUser(query, { random, now: clock.now(), person: wanted })
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

/** A step: records the event, and enqueues the message that verifies the email. */
async function welcome(
  query: Query,
  world: World,
  { user, input }: { user: User; input: Newcomer },
): Promise<void> {
  const { by, language = 'en' } = input
  const { id, email } = user
  await recordSignUp(query, world, { by, user })
  sendAlong(setLanguage(query, id, language))
  const { settings } = world
  if (!canSendMail(settings) || emailVerificationOf(settings) === 'off') return
  await sendCode(query, world, {
    purpose: 'verify_email',
    subject: subjectOfEmail(world, email),
    userId: id,
    email,
    message: { kind: 'verify_email', language, values: { email } },
  })
}

/** The code is useless; it is stored so that both cases write the same. */
async function writeToOwner(
  query: Query,
  world: World,
  { email, input }: { email: string; input: Newcomer },
): Promise<void> {
  const { language = 'en' } = input
  const link = `${world.settings.publicUrl}/sign-in`
  await sendCode(query, world, {
    purpose: 'verify_email',
    subject: subjectOfEmail(world, `taken:${email}`),
    userId: undefined,
    email,
    message: { kind: 'address_taken', language, values: { link }, isAlwaysSent: true },
  })
}
