import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { commitPerhapsRevoking } from '#src/revocations/commit.ts'
import { makeRoom, revokeCrowdedOut } from '#src/sessions/make-room.ts'
import { openSession } from '#src/sessions/open.ts'
import type { Client } from '#src/sessions/session.ts'
import type { LabelsOf } from '#src/telemetry/metrics.ts'
import { findTokenSubject } from '#src/tokens/find-token-subject.ts'
import { mintPair, prepareMint, type TokenPair } from '#src/tokens/mint.ts'
import { markSignedIn } from '#src/users/mark-signed-in.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type Proof = {
  /** The user as seen when the proof was checked. */
  readonly user: User
  readonly method: LabelsOf<'sigil_sessions_opened_total'>['method']
  readonly amr: readonly string[]
  readonly client: Client
  readonly forPages: boolean
  /** A newer hash of the password that was just proven. */
  readonly freshHash: string | undefined
  readonly by: By
}

export type Admitted = { readonly pair: TokenPair; readonly pageHandle: string | undefined }

/**
 * The one door: whatever proved who somebody is, a session is opened here and nowhere else. Undefined where
 * the user was disabled, or changed password or signature, while the proof was checked: then it proves
 * nothing any more.
 */
export async function admit(world: World, proof: Proof): Promise<Admitted | undefined> {
  const { clock, random, settings } = world
  const { user, method, amr, client, forPages } = proof
  // Before a session is opened that nobody would ever hear of.
  await prepareMint(world, clock.now())
  const lifetimeMs = settings.refreshLifetimeMs
  const { outcome: admitted, propagated } = await commitPerhapsRevoking(world, async (query) => {
    const now = clock.now()
    if (!(await markSignedIn(query, { user, now, passwordHash: proof.freshHash }))) return overtaken
    const opening = { userId: user.id, method, amr, client, lifetimeMs, forPages }
    const [crowdedOut, opened] = await Promise.all([
      makeRoom(query, { userId: user.id, now }),
      openSession(query, { random, now, opening }),
    ])
    const subject = await findTokenSubject(query, { sessionId: opened.sessionId, now })
    if (!subject) throw new Error('A session that was just opened is not there')
    await recordEvent(query, world, {
      event: 'user.signed_in',
      by: asUser(proof.by, user.id),
      target: { kind: 'session', id: opened.sessionId },
      details: { method },
    })
    const gone = { userId: user.id, sessions: crowdedOut, by: proof.by }
    return {
      outcome: { opened, subject, now },
      revoked: await revokeCrowdedOut(query, world, gone),
      ended: { sessions: crowdedOut.length, reason: 'crowded_out' },
    }
  })
  if (!admitted) return undefined
  world.metrics.count('sigil_sessions_opened_total', { method })
  const { opened, subject, now } = admitted
  // Before the wait, past which the reading would be taken for that of a slow clock.
  const pair = mintPair(world, { subject, handle: opened.handle, counter: 0, now })
  // What had to make room for this session is over when this one begins.
  await propagated
  return { pair, pageHandle: opened.pageHandle }
}

const overtaken = { outcome: undefined, revoked: [] }
