import { type Api, isAudience, scopeName } from '#src/apps/api.ts'
import { type ApiEdit, insertApi, updateApi } from '#src/apps/apis.sql.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import type { World } from '#src/world/world.ts'

type NewApi = Pick<Api, 'name' | 'audience' | 'scopes' | 'isOpen'>

/** Registers an API. Its audience never changes, because tokens carry it. */
export async function addApi(world: World, { by, ...input }: NewApi & { by: By }): Promise<Api> {
  const { db, random, clock, settings } = world
  // Sigil's own API: only its pages and `POST /signin` get tokens for it.
  const isOwn = input.audience === settings.publicUrl || input.audience.startsWith(`${settings.publicUrl}/`)
  if (isOwn || !isAudience(input.audience)) throw invalid('/audience', 'not_an_audience')
  refuseBadScopes(input.scopes)
  const api: Api = { id: randomId(random), createdAt: clock.now(), ...input }
  const isNew = await db.transaction(async (query) => {
    const isAdded = await insertApi(query, api)
    const target = { kind: 'api', id: api.name } as const
    const details = {
      after: { audience: api.audience, scopes: Object.keys(api.scopes), access: accessOf(api) },
    }
    if (isAdded) await recordEvent(query, world, { event: 'api.added', by, target, details })
    return isAdded
  })
  if (!isNew) throw new AppError('api_exists')
  return api
}

/** Changes an API; what is absent stays. Tokens that carry a removed scope keep it until they expire. */
export async function changeApi(
  world: World,
  { name, edit, by }: { name: string; edit: ApiEdit; by: By },
): Promise<Api> {
  refuseBadScopes(edit.scopes ?? {})
  const api = await world.db.transaction(async (query) => {
    const changed = await updateApi(query, { ...edit, name, now: world.clock.now() })
    const target = { kind: 'api', id: name } as const
    const details = {
      after: { scopes: Object.keys(changed?.scopes ?? {}), access: changed && accessOf(changed) },
    }
    if (changed) await recordEvent(query, world, { event: 'api.changed', by, target, details })
    return changed
  })
  if (!api) throw new AppError('not_found')
  return api
}

function refuseBadScopes(scopes: Api['scopes']): void {
  if (!Object.keys(scopes).every((name) => scopeName.test(name))) throw invalid('/scopes', 'not_a_scope')
}

function accessOf({ isOpen }: Pick<Api, 'isOpen'>): string {
  return isOpen ? 'open' : 'registered'
}

function invalid(pointer: string, code: 'not_an_audience' | 'not_a_scope'): AppError {
  return new AppError('invalid_request', { errors: [{ pointer, code }] })
}
