import { evict } from '#src/accounts/evict.ts'
import type { By } from '#src/audit/by.ts'
import { useCode } from '#src/credentials/email-codes/email-codes.sql.ts'
import { subjectOfEmail } from '#src/credentials/email-codes/issue.ts'
import { type Matched, matchCode, matchLink } from '#src/credentials/email-codes/match.ts'
import { AppError } from '#src/errors/errors.ts'
import { commitPerhapsRevoking } from '#src/revocations/commit.ts'
import { revokeAll } from '#src/sessions/end-everywhere.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { recordFailure } from '#src/sessions/record-failure.ts'
import type { Client } from '#src/sessions/session.ts'
import { next } from '#src/sign-in/attempt.ts'
import { attemptOf, begin, policyOnDevice } from '#src/sign-in/begin.ts'
import { countFailure, countSignIn } from '#src/sign-in/outcomes.ts'
import { proceed, type SignInResult } from '#src/sign-in/proceed.ts'
import { checkedEmail } from '#src/users/checked-names.ts'
import { factorTraits } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Surroundings = {
  readonly client: Client
  readonly forPages: boolean
  /** The known-browser cookie, as it was presented. */
  readonly knownBrowser: string | undefined
  /** The cookie of a trusted device, as it was presented. */
  readonly trustedDevice: string | undefined
  readonly by: By
}

/** Signs in with a code from a message. A second factor is due afterwards, as after a password. */
export async function signInByCode(
  world: World,
  input: Surroundings & { readonly email: string; readonly code: string },
): Promise<SignInResult> {
  const email = checkedEmail(input.email)
  const begun = await begin(world, { ...input, login: email })
  const matched = await matchCode(world, {
    purpose: 'sign_in',
    subject: subjectOfEmail(world, email),
    typed: input.code,
  })
  const user = matched && (await useUp(world, matched, input.by))
  const result = user && (await enter(world, { user, kind: 'email_code', ...input }))
  if (result) {
    await begun.takeBack()
    return result
  }
  countFailure(world, 'wrong_code', { by: input.by, method: 'email_code', user: begun.user })
  const failure = { client: input.client, method: 'email_code', outcome: 'wrong_code' } as const
  await recordFailure(world, { user: begun.user, ...failure })
  throw new AppError('invalid_code')
}

/**
 * The same with the link of the message, in the browser that requested it: an attacker who makes others open
 * a link must not sign them in.
 */
export async function signInByLink(
  world: World,
  input: Surroundings & { readonly token: string; readonly browser: string | undefined },
): Promise<SignInResult> {
  const matched = await matchLink(world, { purpose: 'sign_in', token: input.token })
  const isSameBrowser = input.browser !== undefined && matched?.code.browserHash === hashOf(input.browser)
  const user = isSameBrowser ? await useUp(world, matched, input.by) : undefined
  const result = user && (await enter(world, { user, kind: 'magic_link', ...input }))
  if (!result) throw new AppError('invalid_link')
  return result
}

/**
 * Uses up the code, before a session is opened. If the account's email was never verified, its earlier owner
 * is removed.
 */
async function useUp(world: World, { code, user, email }: Matched, by: By): Promise<User | undefined> {
  if (user.email !== email) return undefined
  const { outcome: isUsed, propagated } = await commitPerhapsRevoking(world, async (query) => {
    if (!(await useCode(query, code.id, world.clock.now()))) return { outcome: false, revoked: [] }
    const ended = await evict(query, world, { user, by })
    return { outcome: true, ...(ended ? await revokeAll(query, world, ended) : { revoked: [] }) }
  })
  await propagated
  // The claim has changed fields that the sign-in expects to be unchanged.
  return isUsed ? findUser(world.db.query, user.id) : undefined
}

type Entry = Surroundings & { readonly user: User; readonly kind: 'email_code' | 'magic_link' }

async function enter(world: World, entry: Entry): Promise<SignInResult | undefined> {
  const { user, kind, client, forPages, by, knownBrowser, trustedDevice } = entry
  const begun = attemptOf(world, { user, client, purpose: 'sign_in', forPages })
  const factor = { kind, amr: factorTraits[kind].amr, at: world.clock.now() }
  const attempt = next(begun, factor, await policyOnDevice(world, { user, first: kind, trustedDevice }))
  const result = await proceed(world, { attempt, user, freshHash: undefined, by, knownBrowser })
  if (result?.kind === 'signed_in') countSignIn(world)
  return result
}
