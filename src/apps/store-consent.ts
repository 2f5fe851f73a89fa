import { ensureIdTokenKey } from '#src/apps/add-app.ts'
import type { App } from '#src/apps/app.ts'
import { putDocumentApp } from '#src/apps/apps.sql.ts'
import { type NewConsent, putConsent } from '#src/apps/consents.sql.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { randomId } from '#src/platform/random.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/**
 * Stores the consent of a user to an app. An app with a client document is stored with its first consent, so
 * that a request alone stores nothing. Throws `BrokenReference` if the app or the user is gone.
 */
export async function storeConsent(
  world: World,
  { consent, app, by }: { consent: NewConsent; app: App; by: By },
): Promise<void> {
  // A server may have no other app, and then no key for ID tokens yet.
  if (app.source === 'document') await ensureIdTokenKey(world)
  await world.db.transaction(async (query) => {
    await storeDocumentApp(query, world, { app, by })
    await putConsent(query, consent)
  })
}

/** A step: stores an app that a document describes, if it is new, so that other rows can refer to it. */
export async function storeDocumentApp(
  query: Query,
  world: World,
  { app, by }: { app: App; by: By },
): Promise<void> {
  const isNew = app.source === 'document' && (await putDocumentApp(query, app, randomId(world.random)))
  const { clientId, name, kind, source } = app
  const target = { kind: 'app', id: clientId } as const
  const details = { after: { name, kind, source } }
  if (isNew) await recordEvent(query, world, { event: 'app.added', by, target, details })
}
