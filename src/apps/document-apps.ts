import { openApis } from '#src/apps/apis.sql.ts'
import type { App } from '#src/apps/app.ts'
import { problemsOf } from '#src/apps/app-problems.ts'
import { appById, refreshDocumentApp } from '#src/apps/apps.sql.ts'
import { appFromDocument } from '#src/apps/client-document.ts'
import { callOutside, OutgoingFailed, outgoingPolicy } from '#src/http/outgoing.ts'
import { jsonIn } from '#src/platform/json.ts'
import { securityLog } from '#src/world/security-log.ts'
import { perWorld, type World } from '#src/world/world.ts'

type DocumentApp = NonNullable<ReturnType<typeof appFromDocument>>
type Held = { readonly found: Promise<DocumentApp | undefined>; readonly until: number }

/** The size of the cache of documents, and its maximum age: at most an hour, whatever the host requests. */
const maxHeld = 1000
const minHeldMs = 60_000
const maxHeldMs = 60 * 60_000
/** A host that did not respond is not called again at once. */
const failedHeldMs = 5000

/** A document lists a few URIs and a name. */
const maxBytes = 16 * 1024
const maxMs = 3000

const documents = perWorld(() => new Map<string, Held>())

/**
 * The app whose client id is the URL of its metadata document, with the APIs that are open to such apps.
 * Undefined without one, if the document describes no app, if the app is disabled, or if no API is open.
 * While the host of a document does not respond, an app that a user has consented to is used as stored.
 */
export async function documentApp(world: World, clientId: string): Promise<App | undefined> {
  const apis = await openApis(world.db.query)
  if (apis.length === 0) return undefined
  const stored = await appById(world.db.query, clientId)
  if (stored?.isDisabled) return undefined
  try {
    const found = await heldDocument(world, clientId)
    const { epoch = '', createdAt = world.clock.now() } = stored ?? {}
    return found && { ...found, apis, isDisabled: false, isManaged: false, epoch, createdAt }
  } catch (error) {
    if (!(error instanceof OutgoingFailed)) throw error
    const about = { client_id: clientId, reason: error.message }
    securityLog(world)('info', about, 'A client metadata document was not read')
    return stored && { ...stored, apis }
  }
}

function heldDocument(world: World, clientId: string): Promise<DocumentApp | undefined> {
  const held = documents(world)
  const now = world.clock.monotonic()
  const known = held.get(clientId)
  if (known && known.until > now) return known.found
  const reading = readDocument(world, clientId)
  const found = reading.then(({ app }) => app)
  held.delete(clientId)
  held.set(clientId, { found, until: now + minHeldMs })
  for (const oldest of held.keys()) if (held.size > maxHeld) held.delete(oldest)
  reading.then(
    ({ heldMs }) => held.get(clientId)?.found === found && held.set(clientId, { found, until: now + heldMs }),
    () =>
      held.get(clientId)?.found === found &&
      held.set(clientId, { found, until: world.clock.monotonic() + failedHeldMs }),
  )
  return found
}

/** Throws `OutgoingFailed` if the host does not respond clearly. */
async function readDocument(world: World, clientId: string) {
  const policy = { ...outgoingPolicy(world.settings), maxBytes, maxMs }
  const response = await callOutside(policy, clientId, { headers: { accept: 'application/json' } })
  if (response.status >= 500 || response.status === 429) throw new OutgoingFailed(`status ${response.status}`)
  const app = response.status === 200 ? appFromDocument(clientId, jsonIn(await response.text())) : undefined
  const isUsable =
    app !== undefined && problemsOf({ ...app, apis: [] }, world.settings.publicUrl).length === 0
  if (isUsable) await refreshDocumentApp(world.db.query, app)
  return { app: isUsable ? app : undefined, heldMs: isUsable ? heldMsOf(response) : minHeldMs }
}

/** RFC 9111 section 5.2.2.1, within bounds. */
function heldMsOf(response: Response): number {
  const [, seconds = ''] =
    /(?:^|,)\s*max-age=(\d{1,9})/i.exec(response.headers.get('cache-control') ?? '') ?? []
  return Math.min(maxHeldMs, Math.max(minHeldMs, Number(seconds) * 1000))
}
