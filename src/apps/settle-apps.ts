import { apiProblemIn, auditedApi } from '#src/apps/add-api.ts'
import type { Api } from '#src/apps/api.ts'
import { deleteApi, insertApi, lockApi, updateApi } from '#src/apps/apis.sql.ts'
import { revocationIdOf } from '#src/apps/app.ts'
import { appById, deleteApp } from '#src/apps/apps.sql.ts'
import type { AppsFile, DescribedApps } from '#src/apps/apps-file.ts'
import { logoutDetailsOf } from '#src/apps/logout-notices.sql.ts'
import { managedApiNames, managedAppIds, markApiManaged } from '#src/apps/managed.sql.ts'
import { apiOnWire } from '#src/apps/on-wire.ts'
import { siteById } from '#src/apps/proxy-sites.sql.ts'
import { differingFields, type Found, type Settling, sentences, settleApp } from '#src/apps/settle-app.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { randomId } from '#src/platform/random.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/**
 * A step: makes the apps and APIs in the database match the file. Each row is locked before it is compared,
 * so two nodes that apply files at once do so one after the other. Apps and APIs that are not managed by a
 * file are not changed. The caller revokes the returned ids.
 */
export async function settleApps(
  query: Query,
  world: World,
  { described, by, removes }: Pick<Settling, 'by'> & { described: DescribedApps; removes: boolean },
): Promise<Found> {
  const { file } = described
  const settling: Settling = { query, world, by, now: world.clock.now() }
  const found: Found = { changes: [], problems: [], revoked: [] }
  for (const api of file.apis) await settleApi(settling, api, found)
  for (const app of file.apps) {
    const hashes = described.secretHashes[app.client_id] ?? []
    await settleApp(settling, { app, hashes }, found)
  }
  if (found.problems.length === 0) await settleUnlisted(settling, { file, removes }, found)
  return found
}

async function settleApi(
  { query, world, by, now }: Settling,
  { open: isOpen, ...listed }: AppsFile['apis'][number],
  { changes, problems }: Found,
): Promise<void> {
  const { name, audience } = listed
  const problem = apiProblemIn(world, listed)
  if (problem) return void problems.push(...sentences(name, problem))
  const wanted: Api = { ...listed, isOpen, id: randomId(world.random), isManaged: true, createdAt: now }
  const target = { kind: 'api', id: name } as const
  const details = { after: { ...auditedApi(wanted), managed_by: 'file' } }
  let before = await lockApi(query, name)
  if (!before && (await insertApi(query, wanted))) {
    await markApiManaged(query, name, now)
    await recordEvent(query, world, { event: 'api.added', by, target, details })
    changes.push({ kind: 'api', id: name, change: 'add', fields: [] })
    return
  }
  // Another node may have added it a moment ago.
  before ??= await lockApi(query, name)
  if (!before) return void problems.push(`${name}: another API has this audience.`)
  if (before.audience !== audience) {
    return void problems.push(`${name}: the audience of an API cannot be changed from ${before.audience}.`)
  }
  const fields = differingFields(apiOnWire(before), apiOnWire({ ...wanted, createdAt: before.createdAt }))
  changes.push({ kind: 'api', id: name, change: fields.length > 0 ? 'change' : 'none', fields })
  if (fields.length === 0) return
  await updateApi(query, { ...wanted, now })
  await markApiManaged(query, name, now)
  await recordEvent(query, world, { event: 'api.changed', by, target, details })
}

async function settleUnlisted(
  { query, world, by }: Settling,
  { file, removes }: { file: AppsFile; removes: boolean },
  { changes, revoked }: Found,
): Promise<void> {
  const apps = new Set(file.apps.map((app) => app.client_id))
  const apis = new Set(file.apis.map((api) => api.name))
  const change = removes ? 'remove' : 'unlisted'
  for (const id of (await managedAppIds(query)).filter((one) => !apps.has(one))) {
    changes.push({ kind: 'app', id, change, fields: [] })
    const app = removes ? await appById(query, id) : undefined
    if (!app) continue
    const site = await siteById(query, id)
    revoked.push(revocationIdOf(app), ...(site ? [site.revision] : []))
    await deleteApp(query, id)
    const target = { kind: 'app', id } as const
    const details = { logout: logoutDetailsOf(app) }
    await recordEvent(query, world, { event: 'app.removed', by, target, details })
  }
  for (const id of (await managedApiNames(query)).filter((one) => !apis.has(one))) {
    changes.push({ kind: 'api', id, change, fields: [] })
    if (!removes) continue
    await deleteApi(query, id)
    await recordEvent(query, world, { event: 'api.removed', by, target: { kind: 'api', id }, details: {} })
  }
}
