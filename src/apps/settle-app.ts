import { audited, problemIn } from '#src/apps/add-app.ts'
import { apiByName } from '#src/apps/apis.sql.ts'
import type { AllowedApi, App } from '#src/apps/app.ts'
import {
  appById,
  deleteSecret,
  insertApp,
  insertSecret,
  lockApp,
  secretHashes,
  setApisOf,
  updateApp,
} from '#src/apps/apps.sql.ts'
import type { FileApp } from '#src/apps/apps-file.ts'
import { isRecentlyRemoved, markAppManaged } from '#src/apps/managed.sql.ts'
import { appFieldsFrom, appOnWire, emptyApp } from '#src/apps/on-wire.ts'
import { siteById } from '#src/apps/proxy-sites.sql.ts'
import { emptySite } from '#src/apps/site-on-wire.ts'
import { canonicalSite, writeSite } from '#src/apps/write-site.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { fieldErrorsIn } from '#src/errors/field-errors.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** What applying a file does to one app or API. `unlisted`: managed, and no longer in the file. */
export type Change = {
  readonly kind: 'api' | 'app'
  readonly id: string
  readonly change: 'add' | 'change' | 'remove' | 'unlisted' | 'none'
  /** The changed fields, by their names in the file. */
  readonly fields: readonly string[]
}

export type Settling = {
  readonly query: Query
  readonly world: World
  readonly by: By
  readonly now: Instant
}

/** The changes that were made. The ids to revoke belong to removed apps and replaced sites. */
export type Found = {
  readonly changes: Change[]
  readonly problems: string[]
  readonly revoked: string[]
}

type Wanted = { readonly app: FileApp; readonly hashes: readonly string[] }

/** A step: makes one app match the file, unless that is impossible. */
export async function settleApp(settling: Settling, wanted: Wanted, found: Found): Promise<void> {
  const id = wanted.app.client_id
  try {
    const problem = await settle(settling, wanted, found)
    if (problem !== undefined) found.problems.push(`${id}: ${problem}`)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    found.problems.push(...sentences(id, error))
  }
}

/** Returns the reason why it is impossible. */
async function settle(
  { query, world, by, now }: Settling,
  { app, hashes }: Wanted,
  { changes, revoked }: Found,
): Promise<string | undefined> {
  const { client_id: clientId, kind } = app
  const apis = await apisOf(query, app.apis ?? [])
  if (typeof apis === 'string') return `apis: ${apis}`
  const before = (await lockApp(query, clientId)) ? await appById(query, clientId) : undefined
  const wanted = wantedApp(world, { app, apis, before, now })
  const wrong = problemIn(world, wanted)
  if (wrong) throw wrong
  if (before && before.kind !== kind) return `the kind of an app cannot be changed from ${before.kind}.`
  if (!before && (await isRecentlyRemoved(query, clientId, now))) {
    return 'an app with this client ID was removed. It can be used again an hour after that.'
  }
  const current = before ? await secretHashes(query, clientId) : []
  const hasSameSecrets = [...current].sort().join() === [...hashes].sort().join()
  const fields = before
    ? [
        ...differingFields(appOnWire(before), appOnWire(wanted)),
        ...(hasSameSecrets ? [] : ['client_secrets']),
      ]
    : []
  const isUnchanged = before !== undefined && fields.length === 0
  changes.push({
    kind: 'app',
    id: clientId,
    change: isUnchanged ? 'none' : before ? 'change' : 'add',
    fields,
  })
  if (isUnchanged) return undefined
  await (before ? updateApp(query, wanted, now) : insertApp(query, wanted))
  await markAppManaged(query, clientId, now)
  await setApisOf(query, clientId, apis)
  const site = await siteById(query, clientId)
  // Every node caches sites by their revision.
  if (site) revoked.push(site.revision)
  await writeSite(query, world, wanted)
  await settleSecrets(query, { clientId, current, hashes, now })
  const target = { kind: 'app', id: clientId } as const
  const after = { ...audited(wanted), managed_by: 'file' }
  const details = { ...(before && { before: audited(before) }), after }
  await recordEvent(query, world, { event: before ? 'app.changed' : 'app.added', by, target, details })
  return undefined
}

type AllowedByFile = AllowedApi & { readonly id: string }

type Listed = {
  readonly app: FileApp
  readonly apis: readonly AllowedByFile[]
  readonly before: App | undefined
  readonly now: Instant
}

/** A disabled app stays disabled: the file does not control that. */
function wantedApp(world: World, { app, apis, before, now }: Listed): App {
  const { client_id: clientId, kind, name, client_secrets: _, ...fields } = app
  const { site, ...others } = appFieldsFrom(fields)
  return {
    ...emptyApp,
    ...others,
    ...{ clientId, kind, name, apis, isManaged: true },
    site: site && canonicalSite(world, { ...emptySite, ...site }),
    isDisabled: before?.isDisabled ?? false,
    epoch: before?.epoch ?? '',
    createdAt: before?.createdAt ?? now,
  }
}

/** The APIs of an app, or the first one that does not exist. */
async function apisOf(query: Query, wanted: NonNullable<FileApp['apis']>): Promise<AllowedByFile[] | string> {
  const apis: AllowedByFile[] = []
  for (const { name, scopes } of wanted) {
    const api = await apiByName(query, name)
    const all = Object.keys(api?.scopes ?? {})
    if (!api) return `there is no API ${name}.`
    const unknown = scopes?.find((scope) => !all.includes(scope))
    if (unknown !== undefined) return `the API ${name} has no scope ${unknown}.`
    if (apis.some(({ id }) => id === api.id)) return `${name} is listed twice.`
    apis.push({ id: api.id, name, audience: api.audience, scopes: scopes ?? all })
  }
  return apis
}

type Secrets = { clientId: string; current: readonly string[]; hashes: readonly string[]; now: Instant }

async function settleSecrets(query: Query, { clientId, current, hashes, now }: Secrets): Promise<void> {
  for (const hash of current.filter((one) => !hashes.includes(one))) await deleteSecret(query, hash)
  for (const hash of hashes.filter((one) => !current.includes(one))) {
    await insertSecret(query, { clientId, hash, now })
  }
}

/**
 * By their names in the file. All fields of the API response are compared, so that new fields are included.
 */
export function differingFields(before: object, wanted: object): string[] {
  const [was, becomes] = [before, wanted].map((one) => one as Record<string, unknown>)
  const names = new Set([...Object.keys(was ?? {}), ...Object.keys(becomes ?? {})])
  return [...names].filter((name) => JSON.stringify(was?.[name]) !== JSON.stringify(becomes?.[name]))
}

export function sentences(id: string, { details }: AppError): string[] {
  return fieldErrorsIn('en', details.errors ?? []).map(
    ({ pointer, detail }) => `${id}: ${pointer.slice(1)}: ${detail}`,
  )
}
