import { isCodeOf } from '#src/credentials/email-codes/digits.ts'
import { type CodePurpose, digitsIn, type EmailCode } from '#src/credentials/email-codes/email-code.ts'
import { codeByLink, takeCodeTry } from '#src/credentials/email-codes/email-codes.sql.ts'
import { readOpaqueToken } from '#src/keys/opaque-token.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

/** A correct code, and its user. `useCode` uses it up, in the transaction of the change that it allows. */
export type Matched = { readonly code: EmailCode; readonly user: User; readonly email: string }

type Link = { readonly purpose: CodePurpose; readonly token: string }

/** Counts a try and compares. An address without an account costs the same. */
export async function matchCode(
  world: World,
  { purpose, subject, typed }: { purpose: CodePurpose; subject: string; typed: string },
): Promise<Matched | undefined> {
  const { db, clock, keys } = world
  const code = await takeCodeTry(db.query, { purpose, subject, now: clock.now() })
  const digits = digitsIn(typed)
  const isRight = code !== undefined && digits !== undefined && isCodeOf(keys, code, digits)
  return isRight ? withUser(world, code) : undefined
}

/** Finds the code of a link, and changes nothing: mail scanners open links. */
export async function matchLink(world: World, link: Link): Promise<Matched | undefined> {
  const code = await codeOfLink(world, link)
  return code && withUser(world, code)
}

/**
 * The same for a link that also works while the account is being deleted, when its user cannot sign in.
 */
export async function matchLeaving(world: World, link: Link): Promise<Matched | undefined> {
  const code = await codeOfLink(world, link)
  const matched = code && (await withAnyUser(world, code))
  const isLeaving = matched?.user.deletesAt !== undefined
  return matched?.user.state === 'active' || isLeaving ? matched : undefined
}

async function codeOfLink(
  { db, clock, keys }: World,
  { purpose, token }: Link,
): Promise<EmailCode | undefined> {
  const secret = readOpaqueToken(keys, 'email_link', token)
  if (secret === undefined) return undefined
  return codeByLink(db.query, { purpose, linkHash: hashOf(secret), now: clock.now() })
}

async function withUser(world: World, code: EmailCode): Promise<Matched | undefined> {
  const matched = await withAnyUser(world, code)
  return matched?.user.state === 'active' ? matched : undefined
}

async function withAnyUser({ db }: World, code: EmailCode): Promise<Matched | undefined> {
  const { userId, email } = code
  if (userId === undefined || email === undefined) return undefined
  const user = await findUser(db.query, userId)
  return user && { code, user, email }
}
