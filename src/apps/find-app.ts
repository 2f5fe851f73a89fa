import { openApis } from '#src/apps/apis.sql.ts'
import { type App, clientIdForm } from '#src/apps/app.ts'
import { appById, isStoredApp } from '#src/apps/apps.sql.ts'
import { isDocumentUrl } from '#src/apps/client-document.ts'
import { documentApp } from '#src/apps/document-apps.ts'
import { outgoingPolicy } from '#src/http/outgoing.ts'
import type { World } from '#src/world/world.ts'

/** The app with this client id, unless it is disabled, with the APIs that it may use right now. */
export async function findApp(world: World, clientId: string): Promise<App | undefined> {
  if (isDocumentUrl(clientId, outgoingPolicy(world.settings))) return documentApp(world, clientId)
  if (!clientIdForm.test(clientId)) return undefined
  const app = await appById(world.db.query, clientId)
  if (!app || app.isDisabled) return undefined
  if (app.source !== 'registration') return app
  return { ...app, apis: await openApis(world.db.query) }
}

/**
 * The same, but the document of an app is read only if the app is stored, which it is once a sign-in to it
 * has begun. So only authorization requests, which are limited, can make the server call a new host.
 */
export async function findKnownApp(world: World, clientId: string): Promise<App | undefined> {
  if (!isDocumentUrl(clientId, outgoingPolicy(world.settings))) return findApp(world, clientId)
  return (await isStoredApp(world.db.query, clientId)) ? documentApp(world, clientId) : undefined
}
