import { ensureIdTokenKey } from '#src/apps/add-app.ts'
import { AppsFileProblem, type DescribedApps } from '#src/apps/apps-file.ts'
import type { Change, Found } from '#src/apps/settle-app.ts'
import { settleApps } from '#src/apps/settle-apps.ts'
import type { By } from '#src/audit/by.ts'
import { commitPerhapsRevoking } from '#src/revocations/commit.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { BrokenReference, Duplicate, Undone } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

type Applying = { readonly by: By; readonly removes: boolean }

/**
 * Returns the changes that applying the file would make: applies it and rolls back. Throws an
 * `AppsFileProblem`.
 */
export async function planApps(
  world: World,
  described: DescribedApps,
  applying: Applying,
): Promise<readonly Change[]> {
  let planned: readonly Change[] = []
  const planning = world.db.transaction(async (query) => {
    planned = withoutProblems(await settleApps(query, world, { ...applying, described })).changes
    throw new Undone()
  })
  await explained(planning).catch((error: unknown) => {
    if (!(error instanceof Undone) || error instanceof AppsFileProblem) throw error
  })
  return planned
}

/**
 * Applies a file in one transaction. The tokens of removed apps are revoked everywhere once `propagated`
 * resolves. Throws an `AppsFileProblem` without any change.
 */
export async function applyApps(
  world: World,
  described: DescribedApps,
  applying: Applying,
): Promise<{ changes: readonly Change[]; propagated: Promise<Propagation> | undefined }> {
  if (described.file.apps.some(({ kind }) => kind !== 'proxy')) await ensureIdTokenKey(world)
  const work = twice(() =>
    commitPerhapsRevoking(world, async (query) => {
      const found = withoutProblems(await settleApps(query, world, { ...applying, described }))
      const revoked = await revoke(query, world, { kind: 'app', ids: found.revoked })
      return { outcome: found.changes, revoked }
    }),
  )
  const { outcome, propagated } = await explained(work)
  return { changes: outcome, propagated }
}

function withoutProblems(found: Found): Found {
  if (found.problems.length > 0) throw new AppsFileProblem(found.problems)
  return found
}

/** Another node may add the same app at the same time. On the second attempt the app exists. */
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
      throw new AppsFileProblem(['An API that would be removed is used by an app that is not in the file.'])
    }
    if (error instanceof Duplicate) {
      throw new AppsFileProblem(['Two apps have the same client secret. Give each its own.'])
    }
    throw error
  }
}
