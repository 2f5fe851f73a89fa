import { type Api, isAudience, scopeName } from '#src/apps/api.ts'
import { insertApi, setApiScopes } from '#src/apps/apis.sql.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import type { World } from '#src/world/world.ts'

type NewApi = Pick<Api, 'name' | 'audience' | 'scopes'>

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
    const details = { after: { audience: api.audience, scopes: Object.keys(api.scopes) } }
    if (isAdded) await recordEvent(query, world, { event: 'api.added', by, target, details })
    return isAdded
  })
  if (!isNew) throw new AppError('api_exists')
  return api
}

/** Replaces the scopes of an API. Tokens that carry a removed scope keep it until they expire. */
export async function changeApi(
  world: World,
  { name, scopes, by }: { name: string; scopes: Api['scopes']; by: By },
): Promise<Api> {
  refuseBadScopes(scopes)
  const api = await world.db.transaction(async (query) => {
    const changed = await setApiScopes(query, name, scopes)
    const target = { kind: 'api', id: name } as const
    const details = { after: { scopes: Object.keys(scopes) } }
    if (changed) await recordEvent(query, world, { event: 'api.changed', by, target, details })
    return changed
  })
  if (!api) throw new AppError('not_found')
  return api
}

function refuseBadScopes(scopes: Api['scopes']): void {
  if (!Object.keys(scopes).every((name) => scopeName.test(name))) throw invalid('/scopes', 'not_a_scope')
}

function invalid(pointer: string, code: 'not_an_audience' | 'not_a_scope'): AppError {
  return new AppError('invalid_request', { errors: [{ pointer, code }] })
}
