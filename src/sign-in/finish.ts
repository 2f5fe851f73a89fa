import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { passkeyOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { readKnownBrowser } from '#src/limits/known-browser.ts'
import { randomId } from '#src/platform/random.ts'
import { commitPerhapsRevoking } from '#src/revocations/commit.ts'
import { makeRoom, revokeCrowdedOut } from '#src/sessions/make-room.ts'
import { type Opened, openSession } from '#src/sessions/open.ts'
import type { PendingAttempt } from '#src/sign-in/attempt.ts'
import { finishAttempt } from '#src/sign-in/attempts.sql.ts'
import { BrokenReference, type Query, Undone } from '#src/store/db.ts'
import { mintPair, prepareMint, type TokenPair } from '#src/tokens/mint.ts'
import { findTokenSubject } from '#src/tokens/token-subject.sql.ts'
import { amrOf, levelOf } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import { markSignedIn } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export type Finishing = {
  readonly attempt: PendingAttempt
  /** The user as seen when the last factor was checked. */
  readonly user: User
  /** A newer hash of the password that was just proven. */
  readonly freshHash: string | undefined
  readonly by: By
  /** The known-browser cookie, as it was presented. */
  readonly knownBrowser: string | undefined
  /** Whether the attempt has a row, which only one caller may finish. */
  readonly isStored: boolean
}

export type SignedIn = {
  readonly pair: TokenPair
  readonly pageHandle: string | undefined
  readonly user: User
}

/**
 * The only place that opens a session, for every way to sign in. Returns undefined, and opens nothing, if the
 * user was disabled, or their password, factors or signature changed while the proof was checked, or if
 * another call has finished the same attempt.
 */
export async function finish(world: World, finishing: Finishing): Promise<SignedIn | undefined> {
  const { clock } = world
  const { attempt, user } = finishing
  if (attempt.due.length > 0) throw new Error('A further factor is due')
  // Checked before opening a session that its client would never receive.
  await prepareMint(world, clock.now())
  await refuseBeyond(world, { name: 'session', of: user.id })
  const { outcome, propagated } = await commitPerhapsRevoking(world, async (query) => {
    const now = clock.now()
    if (finishing.isStored && !(await finishAttempt(query, attempt.id))) return overtaken
    const marking = markSignedIn(query, { user, now, passwordHash: finishing.freshHash })
    // A stored attempt whose user has changed stays finished, so that it cannot be tried again.
    if (finishing.isStored && !((await marking) && (await arePasskeysKept(query, attempt)))) return overtaken
    const sessionId = randomId(world.random)
    // Otherwise the statements are sent together, and rolled back if the user has changed.
    const [isUnchanged, isKept, { opened, crowdedOut }, subject] = await Promise.all([
      marking,
      arePasskeysKept(query, attempt),
      open(query, world, { attempt, sessionId, now }),
      findTokenSubject(query, { sessionId, now }),
      recordSignIn(query, world, finishing, sessionId),
    ])
    if (!isUnchanged || !isKept) throw new Undone()
    if (!subject) throw new Error('A session that was just opened is missing')
    const gone = { userId: user.id, sessions: crowdedOut, by: finishing.by }
    return {
      outcome: { opened, subject, now },
      revoked: await revokeCrowdedOut(query, world, gone),
      ended: [{ sessions: crowdedOut.length, reason: 'crowded_out' }],
    }
  }).catch((error) => {
    // A session cannot reference a user who was deleted in the meantime.
    if (error instanceof Undone || error instanceof BrokenReference)
      return { outcome: undefined, propagated: undefined }
    throw error
  })
  if (!outcome) return undefined
  world.metrics.count('sigil_sessions_opened_total', { method: methodOf(attempt) })
  const { opened, subject, now } = outcome
  // Before the wait: after it, the reading would look like a slow clock.
  const pair = mintPair(world, { subject, handle: opened.handle, counter: 0, now })
  // Sessions that were ended to make room have ended everywhere before this one begins.
  await propagated
  return { pair, pageHandle: opened.pageHandle, user: { ...user, lastSignedInAt: now } }
}

/** Under the user's row lock: a passkey that was removed while it was checked opens nothing. */
async function arePasskeysKept(query: Query, { proven, userId }: PendingAttempt): Promise<boolean> {
  for (const { kind, credentialId = '' } of proven) {
    if (kind === 'passkey' && !(await passkeyOf(query, { userId, id: credentialId }))) return false
  }
  return true
}

const overtaken = { outcome: undefined, revoked: [] }

async function open(
  query: Query,
  { random, settings }: World,
  { attempt, sessionId, now }: { attempt: PendingAttempt; sessionId: string; now: number },
): Promise<{ opened: Opened; crowdedOut: string[] }> {
  const { userId, client, forPages, proven } = attempt
  const opening = {
    userId,
    method: methodOf(attempt),
    amr: amrOf(proven),
    level: levelOf(proven),
    client,
    lifetimeMs: settings.refreshLifetimeMs,
    forPages,
  }
  const [crowdedOut, opened] = await Promise.all([
    makeRoom(query, { userId, now }),
    openSession(query, { random, now, opening, sessionId }),
  ])
  return { opened, crowdedOut }
}

function methodOf({ proven }: PendingAttempt) {
  const [first] = proven
  if (!first) throw new Error('An attempt without a proof cannot be finished')
  return first.kind
}

async function recordSignIn(
  query: Query,
  world: World,
  { attempt, user, by, knownBrowser }: Finishing,
  sessionId: string,
): Promise<void> {
  const { keys, clock } = world
  const isKnown =
    knownBrowser !== undefined && readKnownBrowser(keys, { text: knownBrowser, user, now: clock.now() })
  const factors = attempt.proven.map(({ kind }) => kind)
  await recordEvent(query, world, {
    event: 'user.signed_in',
    by: asUser(by, attempt.userId),
    target: { kind: 'session', id: sessionId },
    details: {
      method: methodOf(attempt),
      ...(factors.length > 1 ? { factors } : {}),
      ...(isKnown ? { browser: 'known' } : {}),
    },
  })
}
