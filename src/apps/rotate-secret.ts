import { authMethodOf } from '#src/apps/app.ts'
import { appById, deleteSecret, insertSecret, lockApp, secretHashes } from '#src/apps/apps.sql.ts'
import { newSecret, secretHashOf } from '#src/apps/client-secret.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import type { World } from '#src/world/world.ts'

/** How many secrets work at a time: the new one, and the previous one until everything uses the new one. */
const maxSecrets = 2

/**
 * Adds a secret to an app. The previous one keeps working until the next rotation, or stops now if `endsOld`.
 */
export async function rotateSecret(
  world: World,
  { clientId, endsOld, by }: { clientId: string; endsOld: boolean; by: By },
): Promise<string> {
  const app = await appById(world.db.query, clientId)
  if (!app) throw new AppError('not_found')
  if (app.isManaged) throw new AppError('managed_by_file')
  if (authMethodOf(app) !== 'client_secret_basic') throw new AppError('app_without_secret')
  const secret = newSecret(world.random)
  const isRotated = await world.db.transaction(async (query) => {
    if (!(await lockApp(query, clientId))) return false
    const old = (await secretHashes(query, clientId)).slice(endsOld ? 0 : maxSecrets - 1)
    for (const hash of old) await deleteSecret(query, hash)
    await insertSecret(query, { clientId, hash: secretHashOf(secret), now: world.clock.now() })
    const target = { kind: 'app', id: clientId } as const
    const details = { ended: old.length }
    await recordEvent(query, world, { event: 'app.secret_rotated', by, target, details })
    return true
  })
  if (!isRotated) throw new AppError('not_found')
  return secret
}
