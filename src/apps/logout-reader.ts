import {
  type LogoutNotice,
  type LogoutTarget,
  logoutTargetFrom,
  takeNoticeOfGrant,
  takeNoticesOfApp,
  takeNoticesOfUser,
} from '#src/apps/logout-notices.sql.ts'
import type { SealedEvent } from '#src/audit/audit-event.ts'
import { traceOfEvent } from '#src/audit/traces.ts'
import type { NewDelivery, Reader } from '#src/outbox/readers.ts'
import type { Instant } from '#src/platform/clock.ts'
import { jsonIn } from '#src/platform/json.ts'
import type { Query } from '#src/store/db.ts'
import type { Trace } from '#src/telemetry/trace.ts'

const dayMs = 24 * 60 * 60 * 1000

/** The kind of a delivery whose payload is a `LogoutOrder`. */
export const logoutDelivery = 'logout_token'

/** The trace is that of the request which ended the sign-in. */
export type LogoutOrder = LogoutNotice & { readonly trace?: Trace }

/** How many ended sign-ins of a disabled or removed app are sent at once. The cleaner deletes the rest. */
const maxOfApp = 1000

/**
 * Notifies apps that a sign-in has ended, whatever ended it. An event only identifies whose sign-ins to
 * check; the rows show which of them have ended.
 */
export const logoutReader: Reader = {
  name: 'logouts',
  handle: async (query, event, now, world) => {
    const trace = traceOfEvent(world, event.id)
    const more = { ...removedIn(event), ...(trace && { trace }) }
    return (await endedBy(query, event)).map((notice) => deliveryOf({ ...notice, ...more }, now))
  },
}

function endedBy(query: Query, event: SealedEvent): Promise<LogoutNotice[]> {
  const { target } = event
  if (target.kind === 'grant') return takeNoticeOfGrant(query, target.id)
  if (target.kind === 'app' && (event.event === 'app.disabled' || event.event === 'app.removed')) {
    return takeNoticesOfApp(query, target.id, maxOfApp)
  }
  const userId = target.kind === 'user' ? target.id : userIn(event)
  return userId === undefined ? Promise.resolve([]) : takeNoticesOfUser(query, userId)
}

/** An event about a session names its user in the details. */
function userIn({ target, details }: SealedEvent): string | undefined {
  if (target.kind !== 'session') return undefined
  const { user_id } = (jsonIn(details) ?? {}) as { user_id?: unknown }
  return typeof user_id === 'string' ? user_id : undefined
}

/** Where and how to notify an app that is no longer stored. */
function removedIn({ event, target, details }: SealedEvent): { removed?: LogoutTarget } {
  if (event !== 'app.removed' || target.kind !== 'app') return {}
  const { logout } = (jsonIn(details) ?? {}) as { logout?: Parameters<typeof logoutTargetFrom>[1] }
  return logout ? { removed: logoutTargetFrom(target.id, logout) } : {}
}

/** An app that is down for a day has to rely on the expiry of its tokens, which cannot be refreshed. */
export function deliveryOf(order: LogoutOrder, now: Instant): NewDelivery {
  const expiresAt = now + dayMs
  return { kind: logoutDelivery, recipient: order.clientId, payload: JSON.stringify(order), expiresAt }
}
