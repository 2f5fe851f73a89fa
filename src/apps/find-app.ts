import { openApis } from '#src/apps/apis.sql.ts'
import { type App, clientIdForm } from '#src/apps/app.ts'
import { type AppWithSecrets, appWithSecrets, isStoredApp } from '#src/apps/apps.sql.ts'
import { isDocumentUrl } from '#src/apps/client-document.ts'
import { documentApp } from '#src/apps/document-apps.ts'
import { outgoingPolicy } from '#src/http/outgoing.ts'
import type { World } from '#src/world/world.ts'

/** The app with this client id, unless it is disabled, with the APIs that it may use right now. */
export async function findApp(world: World, clientId: string): Promise<App | undefined> {
  return (await findAppWithSecrets(world, clientId))?.app
}

/** The same, to authenticate the app. */
export async function findAppWithSecrets(
  world: World,
  clientId: string,
): Promise<AppWithSecrets | undefined> {
  if (isDocumentUrl(clientId, outgoingPolicy(world.settings))) {
    const app = await documentApp(world, clientId)
    return app && { app, secretHashes: [] }
  }
  if (!clientIdForm.test(clientId)) return undefined
  const stored = await appWithSecrets(world.db.query, clientId)
  if (!stored || stored.app.isDisabled) return undefined
  if (stored.app.source !== 'registration') return stored
  return { ...stored, app: { ...stored.app, apis: await openApis(world.db.query) } }
}

/**
 * The same, but the document of an app is read only if the app is stored, which it is once a sign-in to it
 * has begun. So only authorization requests, which are limited, can make the server call a new host.
 */
export async function findKnownApp(world: World, clientId: string): Promise<AppWithSecrets | undefined> {
  const isKnown =
    !isDocumentUrl(clientId, outgoingPolicy(world.settings)) || (await isStoredApp(world.db.query, clientId))
  return isKnown ? findAppWithSecrets(world, clientId) : undefined
}
