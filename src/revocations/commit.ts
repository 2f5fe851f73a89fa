import { type Reach, reachEverywhere } from '#src/revocations/reach.ts'
import type { Revocation } from '#src/revocations/revocation.ts'
import { headOf } from '#src/revocations/revocations.sql.ts'
import { revocationNode } from '#src/revocations/this-node.ts'
import { CommitUnknown, type Query } from '#src/store/db.ts'
import type { World } from '#src/world.ts'

type Decided<T> = { readonly outcome: T; readonly revoked: readonly Revocation[] }

/**
 * The one way to commit what ends somebody's rights. When `reached` resolves, no server and no attached
 * verifier accepts what was revoked. The caller may answer before, but must then say so.
 */
export async function commitRevoking<T>(
  world: World,
  work: (query: Query) => Promise<Decided<T>>,
): Promise<{ outcome: T; reached: Promise<Reach> }> {
  const node = revocationNode(world)
  try {
    const { outcome, revoked } = await world.db.transaction(work)
    node.apply(revoked)
    return { outcome, reached: handled(reach(world, revoked)) }
  } catch (fault) {
    if (fault instanceof CommitUnknown) node.doubt()
    throw fault
  }
}

/**
 * For a call that finds its work done already: the earlier caller may still be waiting, so this one waits
 * too. For all that was revoked until now, because a session may have died under its user's signature.
 */
export async function reachSoFar(world: World): Promise<Reach> {
  const seq = await headOf(world.db.query)
  return reachEverywhere(revocationNode(world), { seq, committedAt: world.clock.monotonic() })
}

async function reach(world: World, entries: readonly Revocation[]): Promise<Reach> {
  const seq = entries.at(-1)?.seq
  if (seq === undefined) return { everywhere: true, waitedMs: 0 }
  const committedAt = world.clock.monotonic()
  return reachEverywhere(revocationNode(world), { seq, committedAt })
}

/** Whoever awaits it hears of its failure; nobody has to, and that must not end the process. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
