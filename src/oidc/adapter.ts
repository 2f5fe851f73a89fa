import { createHash } from 'node:crypto'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { App } from '#src/apps/app.ts'
import { findApp } from '#src/apps/find-app.ts'
import { seal, unseal } from '#src/keys/seal.ts'
import { clientMetadata } from '#src/oidc/client-metadata.ts'
import { storeDeviceCode } from '#src/oidc/device-flow.ts'
import { consumeRecord, deleteRecord, putRecord, recordById } from '#src/oidc/records.sql.ts'
import type { World } from '#src/world/world.ts'

/**
 * The storage of the provider. Clients are the rows of `apps`; codes, pushed requests and interactions are
 * sealed records under the hash of their id, which only their bearer has. `rejected` creates the error for a
 * record that another call has used up, and `calling` returns the app of the current request.
 */
export function adapterFor(
  world: World,
  model: string,
  { rejected, calling }: { rejected: () => Error; calling: () => App | undefined },
): Adapter {
  const { db, clock } = world
  return {
    async upsert(id, payload, expiresIn) {
      const recordId = recordIdOf(model, id)
      if (model === 'DeviceCode') {
        await storeDeviceCode(world, { id: recordId, payload, lifetimeSeconds: expiresIn ?? 0 })
        return
      }
      const now = clock.now()
      const sealed = seal(world, { purpose: 'oidc_record', id: recordId }, JSON.stringify(payload))
      await putRecord(db.query, {
        id: recordId,
        payload: sealed,
        now,
        expiresAt: now + (expiresIn ?? 0) * 1000,
      })
    },
    async find(id) {
      if (model === 'Client') {
        const known = calling()
        return clientOf(known?.clientId === id ? known : await findApp(world, id))
      }
      const record = await recordById(db.query, recordIdOf(model, id), clock.now())
      if (!record) return undefined
      const text = unseal(world, { purpose: 'oidc_record', id: record.id }, record.payload).toString()
      const payload = JSON.parse(text) as AdapterPayload
      if (record.consumedAt === undefined) return payload
      return { ...payload, consumed: Math.floor(record.consumedAt / 1000) }
    },
    async consume(id) {
      if (!(await consumeRecord(db.query, recordIdOf(model, id), clock.now()))) throw rejected()
    },
    async destroy(id) {
      await deleteRecord(db.query, recordIdOf(model, id))
    },
    // Sessions are page sessions, and grants and device codes have their own tables.
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    revokeByGrantId: async () => undefined,
  }
}

/** The id is the bearer's secret, so only its hash is stored. */
export function recordIdOf(model: string, id: string): string {
  return createHash('sha256').update(`${model}:${id}`).digest('base64url')
}

function clientOf(app: App | undefined): AdapterPayload | undefined {
  // An app behind a proxy does not use OAuth.
  return app && app.kind !== 'proxy' ? (clientMetadata(app) as AdapterPayload) : undefined
}
