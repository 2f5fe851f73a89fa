import { apiByName } from '#src/apps/apis.sql.ts'
import { type App, type AppInput, authMethodOf } from '#src/apps/app.ts'
import { problemsOf } from '#src/apps/app-problems.ts'
import { appById, insertApp, insertSecret, lockApp, setApisOf, updateApp } from '#src/apps/apps.sql.ts'
import { newSecret, secretHashOf } from '#src/apps/client-secret.ts'
import type { ProxySite } from '#src/apps/proxy-site.ts'
import { emptySite, siteOnWire } from '#src/apps/site-on-wire.ts'
import { canonicalSite, replaceSite, writeSite } from '#src/apps/write-site.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { makeIdTokenKey } from '#src/keys/rotation.ts'
import { randomId } from '#src/platform/random.ts'
import { commitPerhapsRevoking } from '#src/revocations/commit.ts'
import { BrokenReference, type Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** An API that an app may use; without `scopes`, all current scopes of the API. */
type WantedApi = { readonly name: string; readonly scopes?: readonly string[] | undefined }
export type NewApp = Omit<AppInput, 'apis'> & { readonly apis: readonly WantedApi[] }

/** Decides, within the transaction, whether the app may be registered. */
type Admit = (query: Query) => Promise<boolean>

/** Registers an app. The secret is shown once; the database keeps its hash. */
export async function addApp(
  world: World,
  { by, admit = async () => true, ...input }: NewApp & { by: By; admit?: Admit },
): Promise<{ app: App; secret: string | undefined }> {
  const { db, random, clock } = world
  const apis = await resolved(world, input.apis)
  const createdAt = clock.now()
  const state = { isDisabled: false, isManaged: false, epoch: '' }
  const site = input.site && canonicalSite(world, input.site)
  const app: App = { ...input, ...state, clientId: `app_${randomId(random)}`, apis, site, createdAt }
  const problem = problemIn(world, app)
  if (problem) throw problem
  const secret = authMethodOf(app) === 'client_secret_basic' ? newSecret(random) : undefined
  const { clientId } = app
  if (app.kind !== 'proxy') await ensureIdTokenKey(world)
  const isAdmitted = await db
    .transaction(async (query) => {
      if (!(await admit(query))) return false
      await insertApp(query, app)
      await setApisOf(query, clientId, apis)
      await writeSite(query, world, app)
      if (secret) await insertSecret(query, { clientId, hash: secretHashOf(secret), now: createdAt })
      const target = { kind: 'app', id: clientId } as const
      await recordEvent(query, world, { event: 'app.added', by, target, details: { after: audited(app) } })
      return true
    })
    .catch(refuseRemovedApi)
  if (!isAdmitted) throw new AppError('invalid_registration_token')
  return { app, secret }
}

/** A server without apps has no key for ID tokens, because generating one takes a large part of a second. */
export async function ensureIdTokenKey({
  db,
  keys,
  clock,
}: Pick<World, 'db' | 'keys' | 'clock'>): Promise<void> {
  if (keys.idTokenKey()) return
  await db.transaction((query) => makeIdTokenKey(query, keys, clock.now()))
  await keys.reload()
}

export type AppEdit = Partial<Omit<NewApp, 'kind' | 'source' | 'site'>> & {
  readonly site?: Partial<ProxySite>
}

/**
 * Changes an app; absent fields stay. Tokens issued before are not changed; the hosts and path rules of a
 * proxy apply at once.
 */
export async function changeApp(
  world: World,
  { clientId, edit, by }: { clientId: string; edit: AppEdit; by: By },
): Promise<App> {
  const { apis: wanted, ...fields } = edit
  const apis = wanted && (await resolved(world, wanted))
  const { outcome, propagated } = await commitPerhapsRevoking<App | AppError>(world, async (query) => {
    const before = (await lockApp(query, clientId)) && (await appById(query, clientId))
    if (!before) return { outcome: new AppError('not_found'), revoked: [] }
    if (before.isManaged) return { outcome: new AppError('managed_by_file'), revoked: [] }
    const site = editedSite(world, before, edit)
    const app: App = { ...before, ...fields, apis: apis ?? before.apis, site }
    const problem = problemIn(world, app)
    if (problem) return { outcome: problem, revoked: [] }
    await updateApp(query, app, world.clock.now())
    if (apis) await setApisOf(query, clientId, apis)
    const target = { kind: 'app', id: clientId } as const
    const details = { before: audited(before), after: audited(app) }
    await recordEvent(query, world, { event: 'app.changed', by, target, details })
    return { outcome: app, revoked: site ? await replaceSite(query, world, app) : [] }
  }).catch(refuseRemovedApi)
  if (outcome instanceof AppError) throw outcome
  await propagated
  return outcome
}

function editedSite(world: World, { site }: App, edit: AppEdit): ProxySite | undefined {
  if (!edit.site) return site
  return canonicalSite(world, { ...emptySite, ...site, ...edit.site })
}

async function resolved({ db }: World, wanted: readonly WantedApi[]) {
  const names = new Set(wanted.map(({ name }) => name))
  if (names.size < wanted.length) throw badApis('duplicate')
  const apis = []
  for (const { name, scopes } of wanted) {
    const api = await apiByName(db.query, name)
    const all = Object.keys(api?.scopes ?? {})
    if (!api || scopes?.some((scope) => !all.includes(scope))) throw badApis('unknown_api')
    apis.push({ id: api.id, name, audience: api.audience, scopes: scopes ?? all })
  }
  return apis
}

export function problemIn({ settings }: World, app: AppInput): AppError | undefined {
  const errors = problemsOf(app, settings.publicUrl).map(({ field, reason }) => ({
    pointer: `/${field}`,
    code: reason,
  }))
  return errors.length > 0 ? new AppError('invalid_request', { errors }) : undefined
}

function refuseRemovedApi(error: unknown): never {
  throw error instanceof BrokenReference ? badApis('unknown_api') : error
}

function badApis(code: 'unknown_api' | 'duplicate'): AppError {
  return new AppError('invalid_request', { errors: [{ pointer: '/apis', code }] })
}

/** The details of an app in the audit log. */
export function audited(app: App) {
  const { name, kind, source, redirectUris, apis, isFirstParty, requires, subjectType, site } = app
  const party = isFirstParty ? 'first' : 'third'
  const rules = { auth_method: authMethodOf(app), requires, subject_type: subjectType }
  const reach = { redirect_uris: redirectUris, apis: apis.map((api) => api.name) }
  const common = { name, kind, source, party, ...reach, ...rules }
  return site ? { ...common, ...siteOnWire(site) } : common
}
