import { applyApps } from '#src/apps/apply-apps.ts'
import { AppsFileProblem, describedApps } from '#src/apps/apps-file.ts'
import type { Change } from '#src/apps/settle-app.ts'
import { bySystem } from '#src/audit/by.ts'
import type { AppsFile } from '#src/settings/apps-file.ts'
import type { World } from '#src/world/world.ts'

/** Applies the file of `SIGIL_APPS_FILE`. The server does not start if the file cannot be applied. */
export async function applyAppsFile(world: World): Promise<void> {
  const { appsFile } = world.settings
  if (!appsFile) return
  const { path } = appsFile
  const changes = await applied(world, appsFile)
  for (const { kind, id, change, fields } of changes) {
    if (change === 'unlisted') {
      const advice = 'Run `sigil apps apply --remove` with the file to remove it.'
      world.log.warn({ path, kind, id, advice }, 'An app or API is no longer in the apps file')
    } else if (change !== 'none')
      world.log.info({ path, kind, id, change, fields }, 'The apps file was applied')
  }
}

/** Names the file, because the problems only name places in it. */
async function applied(world: World, { path, document, secretOf }: AppsFile): Promise<readonly Change[]> {
  try {
    const described = describedApps(document, secretOf)
    return (await applyApps(world, described, { by: bySystem, removes: false })).changes
  } catch (error) {
    if (!(error instanceof AppsFileProblem)) throw error
    const summary = `SIGIL_APPS_FILE is ${path}, which cannot be applied. Nothing was changed.`
    throw new AppsFileProblem([summary, ...error.problems])
  }
}
