import { applyApps } from '#src/apps/apply-apps.ts'
import { describedApps } from '#src/apps/apps-file.ts'
import { bySystem } from '#src/audit/by.ts'
import type { World } from '#src/world/world.ts'

/** Applies the file of `SIGIL_APPS_FILE`. The server does not start if the file cannot be applied. */
export async function applyAppsFile(world: World): Promise<void> {
  const { appsFile } = world.settings
  if (!appsFile) return
  const described = describedApps(appsFile.document, appsFile.secretOf)
  const { changes } = await applyApps(world, described, { by: bySystem, removes: false })
  const { path } = appsFile
  for (const { kind, id, change, fields } of changes) {
    if (change === 'unlisted') {
      const advice = 'Run `sigil apps apply --remove` with the file to remove it.'
      world.log.warn({ path, kind, id, advice }, 'An app or API is no longer in the apps file')
    } else if (change !== 'none')
      world.log.info({ path, kind, id, change, fields }, 'The apps file was applied')
  }
}
