import { apiProblemIn } from '#src/apps/add-api.ts'
import { audited, problemIn } from '#src/apps/add-app.ts'
import type { Api } from '#src/apps/api.ts'
import { apiByName, deleteApi, insertApi, lockApi, setApiScopes } from '#src/apps/apis.sql.ts'
import type { App } from '#src/apps/app.ts'
import {
  appById,
  deleteApp,
  deleteSecret,
  insertApp,
  insertSecret,
  lockApp,
  secretHashes,
  setApisOf,
  updateApp,
} from '#src/apps/apps.sql.ts'
import type { DescribedApps, FileApp } from '#src/apps/apps-file.ts'
import {
  isRecentlyRemoved,
  managedApiNames,
  managedAppIds,
  markApiManaged,
  markAppManaged,
} from '#src/apps/managed.sql.ts'
import { appFieldsFrom, appOnWire, emptyApp } from '#src/apps/on-wire.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import type { AppError } from '#src/errors/errors.ts'
import { fieldErrorsIn } from '#src/errors/field-errors.ts'
import type { Instant } from '#src/platform/clock.ts'
import { randomId } from '#src/platform/random.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** What applying a file does to one app or API. `unlisted`: managed, and no longer in the file. */
export type Change = {
  readonly kind: 'api' | 'app'
  readonly id: string
  readonly change: 'add' | 'change' | 'remove' | 'unlisted' | 'none'
  /** What changes, by the names of the file. */
  readonly fields: readonly string[]
}

export type Settled = { readonly changes: readonly Change[]; readonly problems: readonly string[] }

export type Settling = { readonly by: By; readonly removes: boolean }

/**
 * A step: makes the apps and APIs of the database those of the file. Each row is locked before it is
 * compared, so two nodes that apply files at once do so one after the other. What the file does not name and
 * no file has described is left alone.
 */
export async function settleApps(
  query: Query,
  world: World,
  { described, by, removes }: Settling & { described: DescribedApps },
): Promise<Settled> {
  const { file } = described
  const one = { query, world, by, now: world.clock.now() }
  const changes: Change[] = []
  const problems: string[] = []
  for (const api of file.apis) await settleApi(one, api, { changes, problems })
  for (const app of file.apps) {
    const hashes = described.secretHashes[app.client_id] ?? []
    await settleApp(one, { app, hashes }, { changes, problems })
  }
  if (problems.length === 0) await settleUnlisted(one, { described, removes }, changes)
  return { changes, problems }
}

type One = { readonly query: Query; readonly world: World; readonly by: By; readonly now: Instant }
type Found = { readonly changes: Change[]; readonly problems: string[] }

async function settleApi(
  { query, world, by, now }: One,
  { name, audience, scopes }: Pick<Api, 'name' | 'audience' | 'scopes'>,
  { changes, problems }: Found,
): Promise<void> {
  const problem = apiProblemIn(world, { audience, scopes })
  if (problem) return void problems.push(...sentences(name, problem))
  const target = { kind: 'api', id: name } as const
  const api = { id: randomId(world.random), name, audience, scopes, isManaged: true, createdAt: now }
  let before = await lockApi(query, name)
  if (!before && (await insertApi(query, api))) {
    await markApiManaged(query, name, now)
    const details = { after: { audience, scopes: Object.keys(scopes), managed_by: 'file' } }
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
  const fields = [
    ...(isSame(before.scopes, scopes) ? [] : ['scopes']),
    ...(before.isManaged ? [] : ['managed']),
  ]
  changes.push({ kind: 'api', id: name, change: fields.length > 0 ? 'change' : 'none', fields })
  if (fields.length === 0) return
  await setApiScopes(query, name, scopes)
  await markApiManaged(query, name, now)
  const details = { after: { scopes: Object.keys(scopes), managed_by: 'file' } }
  await recordEvent(query, world, { event: 'api.changed', by, target, details })
}

type Wanted = { readonly app: FileApp; readonly hashes: readonly string[] }

async function settleApp(
  { query, world, by, now }: One,
  { app, hashes }: Wanted,
  found: Found,
): Promise<void> {
  const { client_id: clientId, kind, name, client_secrets: _, ...fields } = app
  const problem = (text: string) => void found.problems.push(`${clientId}: ${text}`)
  const apis = await apisOf(query, app.apis ?? [])
  if (typeof apis === 'string') return problem(`apis: ${apis}`)
  const before = (await lockApp(query, clientId)) ? await appById(query, clientId) : undefined
  const createdAt = before?.createdAt ?? now
  const input = { ...emptyApp, ...appFieldsFrom(fields), kind, name, apis }
  const wanted: App = { ...input, clientId, isManaged: true, createdAt }
  const wrong = problemIn(wanted)
  if (wrong) return void found.problems.push(...sentences(clientId, wrong))
  if (before && before.kind !== kind)
    return problem(`the kind of an app cannot be changed from ${before.kind}.`)
  if (!before && (await isRecentlyRemoved(query, clientId, now))) {
    return problem('an app with this client ID was removed. It can be used again an hour after that.')
  }
  const current = before ? await secretHashes(query, clientId) : []
  const differences = [
    ...(before ? differingFields(before, wanted) : []),
    ...(isSame([...current].sort(), [...hashes].sort()) ? [] : ['client_secrets']),
  ]
  const change = before ? (differences.length > 0 ? 'change' : 'none') : 'add'
  found.changes.push({ kind: 'app', id: clientId, change, fields: before ? differences : [] })
  if (change === 'none') return
  await (before ? updateApp(query, wanted, now) : insertApp(query, wanted))
  await markAppManaged(query, clientId, now)
  await setApisOf(query, clientId, apis)
  await settleSecrets(query, { clientId, current, hashes, now })
  const target = { kind: 'app', id: clientId } as const
  const details = {
    ...(before && { before: audited(before) }),
    after: { ...audited(wanted), managed_by: 'file' },
  }
  await recordEvent(query, world, { event: before ? 'app.changed' : 'app.added', by, target, details })
}

async function apisOf(query: Query, wanted: NonNullable<FileApp['apis']>) {
  const apis = []
  for (const { name, scopes } of wanted) {
    const api = await apiByName(query, name)
    const all = Object.keys(api?.scopes ?? {})
    if (!api) return `there is no API ${name}.`
    const unknown = scopes?.find((scope) => !all.includes(scope))
    if (unknown !== undefined) return `the API ${name} has no scope ${unknown}.`
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

async function settleUnlisted(
  { query, world, by }: One,
  { described, removes }: { described: DescribedApps; removes: boolean },
  changes: Change[],
): Promise<void> {
  const { apps, apis } = described.file
  const listed = new Set([...apps.map((app) => app.client_id), ...apis.map(({ name }) => name)])
  const change = removes ? 'remove' : 'unlisted'
  for (const id of (await managedAppIds(query)).filter((one) => !listed.has(one))) {
    changes.push({ kind: 'app', id, change, fields: [] })
    if (!removes) continue
    await deleteApp(query, id)
    await recordEvent(query, world, { event: 'app.removed', by, target: { kind: 'app', id }, details: {} })
  }
  for (const id of (await managedApiNames(query)).filter((one) => !listed.has(one))) {
    changes.push({ kind: 'api', id, change, fields: [] })
    if (!removes) continue
    await deleteApi(query, id)
    await recordEvent(query, world, { event: 'api.removed', by, target: { kind: 'api', id }, details: {} })
  }
}

/** By the names of the file. Whatever the API shows of an app is compared, so that a new field is too. */
function differingFields(before: App, wanted: App): string[] {
  const [was, becomes] = [before, wanted].map((app) => appOnWire(app) as Record<string, unknown>)
  return Object.keys(becomes ?? {}).filter((field) => !isSame(was?.[field], becomes?.[field]))
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function sentences(id: string, { details }: AppError): string[] {
  return fieldErrorsIn('en', details.errors ?? []).map(
    ({ pointer, detail }) => `${id}: ${pointer.slice(1)}: ${detail}`,
  )
}
