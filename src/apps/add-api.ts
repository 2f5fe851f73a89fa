import { type Api, isAudience, scopeName } from '#src/apps/api.ts'
import { type ApiEdit, insertApi, lockApi, updateApi } from '#src/apps/apis.sql.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import type { World } from '#src/world/world.ts'

type NewApi = Pick<Api, 'name' | 'audience' | 'scopes' | 'isOpen'>

/** Registers an API. Its audience never changes, because tokens carry it. */
export async function addApi(world: World, { by, ...input }: NewApi & { by: By }): Promise<Api> {
  const { db, random, clock } = world
  const problem = apiProblemIn(world, input)
  if (problem) throw problem
  const api: Api = { id: randomId(random), isManaged: false, createdAt: clock.now(), ...input }
  const isNew = await db.transaction(async (query) => {
    const isAdded = await insertApi(query, api)
    const target = { kind: 'api', id: api.name } as const
    const details = { after: auditedApi(api) }
    if (isAdded) await recordEvent(query, world, { event: 'api.added', by, target, details })
    return isAdded
  })
  if (!isNew) throw new AppError('api_exists')
  return api
}

/** Changes an API; absent fields stay. Tokens with a removed scope keep it until they expire. */
export async function changeApi(
  world: World,
  { name, edit, by }: { name: string; edit: ApiEdit; by: By },
): Promise<Api> {
  const problem = scopesProblemIn(edit.scopes ?? {})
  if (problem) throw problem
  const outcome = await world.db.transaction(async (query) => {
    const before = await lockApi(query, name)
    if (!before) return new AppError('not_found')
    if (before.isManaged) return new AppError('managed_by_file')
    const changed = await updateApi(query, { ...edit, name, now: world.clock.now() })
    const target = { kind: 'api', id: name } as const
    const after = changed ?? before
    const details = { after: { scopes: Object.keys(after.scopes), access: accessOf(after) } }
    await recordEvent(query, world, { event: 'api.changed', by, target, details })
    return after
  })
  if (outcome instanceof AppError) throw outcome
  return outcome
}

export function apiProblemIn(
  { settings }: Pick<World, 'settings'>,
  { audience, scopes }: Pick<Api, 'audience' | 'scopes'>,
): AppError | undefined {
  // Sigil's own API: only its pages and `POST /signin` get tokens for it.
  const isOwn = audience === settings.publicUrl || audience.startsWith(`${settings.publicUrl}/`)
  if (isOwn || !isAudience(audience)) return invalid('/audience', 'not_an_audience')
  return scopesProblemIn(scopes)
}

function scopesProblemIn(scopes: Api['scopes']): AppError | undefined {
  const areGood = Object.keys(scopes).every((name) => scopeName.test(name))
  return areGood ? undefined : invalid('/scopes', 'not_a_scope')
}

/** The details of an API in the audit log. */
export function auditedApi(api: Pick<Api, 'audience' | 'scopes' | 'isOpen'>) {
  return { audience: api.audience, scopes: Object.keys(api.scopes), access: accessOf(api) }
}

function accessOf({ isOpen }: Pick<Api, 'isOpen'>): string {
  return isOpen ? 'open' : 'registered'
}

function invalid(pointer: string, code: 'not_an_audience' | 'not_a_scope'): AppError {
  return new AppError('invalid_request', { errors: [{ pointer, code }] })
}
