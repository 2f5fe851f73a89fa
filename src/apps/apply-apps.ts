import { ensureIdTokenKey } from '#src/apps/add-app.ts'
import { AppsFileProblem, type DescribedApps } from '#src/apps/apps-file.ts'
import { type Change, type Settled, type Settling, settleApps } from '#src/apps/settle-apps.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { BrokenReference, Duplicate, type Query, Undone } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** What applying the file would do: it is done and undone. Throws an `AppsFileProblem`. */
export async function planApps(
  world: World,
  described: DescribedApps,
  settling: Settling,
): Promise<readonly Change[]> {
  let planned: readonly Change[] = []
  const planning = world.db.transaction(async (query) => {
    planned = changesOf(await settleApps(query, world, { ...settling, described }))
    throw new Undone()
  })
  await explained(planning).catch((error: unknown) => {
    if (!(error instanceof Undone) || error instanceof AppsFileProblem) throw error
  })
  return planned
}

/**
 * Applies a file in one transaction. Apps that are removed take their tokens with them, everywhere, once
 * `propagated` resolves. Throws an `AppsFileProblem`, and changes nothing then.
 */
export async function applyApps(
  world: World,
  described: DescribedApps,
  settling: Settling,
): Promise<{ changes: readonly Change[]; propagated: Promise<Propagation> }> {
  await prepareKey(world, described)
  const applying = twice(() =>
    commitRevoking(world, async (query) => {
      const changes = changesOf(await settleApps(query, world, { ...settling, described }))
      const ids = changes
        .filter(({ kind, change }) => kind === 'app' && change === 'remove')
        .map(({ id }) => id)
      return { outcome: changes, revoked: await revoke(query, world, { kind: 'app', ids }) }
    }),
  )
  const { outcome, propagated } = await explained(applying)
  return { changes: outcome, propagated }
}

/** The same for a node that starts: it removes nothing, so it revokes nothing. */
export async function applyAppsAtStart(
  world: World,
  described: DescribedApps,
  { by }: Pick<Settling, 'by'>,
): Promise<readonly Change[]> {
  await prepareKey(world, described)
  const settle = async (query: Query) =>
    changesOf(await settleApps(query, world, { by, removes: false, described }))
  return explained(twice(() => world.db.transaction(settle)))
}

async function prepareKey(world: World, { file }: DescribedApps): Promise<void> {
  if (file.apps.length > 0) await ensureIdTokenKey(world)
}

function changesOf({ changes, problems }: Settled): readonly Change[] {
  if (problems.length > 0) throw new AppsFileProblem(problems)
  return changes
}

/** Another node may add the same app at the same moment. The second time, it is there. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Duplicate)) throw error
    return work()
  }
}

async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof BrokenReference) {
      throw new AppsFileProblem(['An API that is to be removed is used by an app that is not in the file.'])
    }
    if (error instanceof Duplicate) {
      throw new AppsFileProblem(['Two apps have the same client secret. Give each its own.'])
    }
    throw error
  }
}
