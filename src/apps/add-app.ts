import { apiByName } from '#src/apps/apis.sql.ts'
import { type App, type AppInput, isConfidential, problemsOf } from '#src/apps/app.ts'
import { appById, insertApp, insertSecret, lockApp, setApisOf, updateApp } from '#src/apps/apps.sql.ts'
import { newSecret, secretHashOf } from '#src/apps/client-secret.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { makeIdTokenKey } from '#src/keys/rotation.ts'
import { randomId } from '#src/platform/random.ts'
import { BrokenReference } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** Which API an app may use; without scopes, all that the API has now. */
export type WantedApi = { readonly name: string; readonly scopes?: readonly string[] | undefined }
export type NewApp = Omit<AppInput, 'apis'> & { readonly apis: readonly WantedApi[] }

/** Registers an app. The secret is shown once; the database keeps its hash. */
export async function addApp(
  world: World,
  { by, ...input }: NewApp & { by: By },
): Promise<{ app: App; secret: string | undefined }> {
  const { db, random, clock } = world
  const apis = await resolved(world, input.apis)
  const createdAt = clock.now()
  const app: App = { ...input, clientId: `app_${randomId(random)}`, apis, isManaged: false, createdAt }
  const problem = problemIn(app)
  if (problem) throw problem
  const secret = isConfidential(app) ? newSecret(random) : undefined
  const { clientId } = app
  await ensureIdTokenKey(world)
  await db
    .transaction(async (query) => {
      await insertApp(query, app)
      await setApisOf(query, clientId, apis)
      if (secret) await insertSecret(query, { clientId, hash: secretHashOf(secret), now: createdAt })
      const target = { kind: 'app', id: clientId } as const
      await recordEvent(query, world, { event: 'app.added', by, target, details: { after: audited(app) } })
    })
    .catch(refuseRemovedApi)
  return { app, secret }
}

/** A server without apps has no key for ID tokens: making one takes a good part of a second. */
export async function ensureIdTokenKey({ db, keys, clock }: World): Promise<void> {
  if (keys.idTokenKey()) return
  await db.transaction((query) => makeIdTokenKey(query, keys, clock.now()))
  await keys.reload()
}

export type AppEdit = Partial<Omit<NewApp, 'kind'>>

/** Changes an app; what is absent stays. Tokens that were issued before keep what they carry. */
export async function changeApp(
  world: World,
  { clientId, edit, by }: { clientId: string; edit: AppEdit; by: By },
): Promise<App> {
  const { apis: wanted, ...fields } = edit
  const apis = wanted && (await resolved(world, wanted))
  const outcome = await world.db
    .transaction(async (query) => {
      const before = (await lockApp(query, clientId)) && (await appById(query, clientId))
      if (!before) return new AppError('not_found')
      if (before.isManaged) return new AppError('managed_by_file')
      const app: App = { ...before, ...fields, apis: apis ?? before.apis }
      const problem = problemIn(app)
      if (problem) return problem
      await updateApp(query, app, world.clock.now())
      if (apis) await setApisOf(query, clientId, apis)
      const target = { kind: 'app', id: clientId } as const
      const details = { before: audited(before), after: audited(app) }
      await recordEvent(query, world, { event: 'app.changed', by, target, details })
      return app
    })
    .catch(refuseRemovedApi)
  if (outcome instanceof AppError) throw outcome
  return outcome
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

export function problemIn(app: AppInput): AppError | undefined {
  const errors = problemsOf(app).map(({ field, reason }) => ({ pointer: `/${field}`, code: reason }))
  return errors.length > 0 ? new AppError('invalid_request', { errors }) : undefined
}

function refuseRemovedApi(error: unknown): never {
  throw error instanceof BrokenReference ? badApis('unknown_api') : error
}

function badApis(code: 'unknown_api' | 'duplicate'): AppError {
  return new AppError('invalid_request', { errors: [{ pointer: '/apis', code }] })
}

/** What the audit log says about an app. */
export function audited({ name, kind, redirectUris, apis, isFirstParty }: App) {
  const party = isFirstParty ? 'first' : 'third'
  return { name, kind, party, redirect_uris: redirectUris, apis: apis.map((api) => api.name) }
}
