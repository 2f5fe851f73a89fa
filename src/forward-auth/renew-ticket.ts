import { judgeTicket } from '#src/forward-auth/judge-ticket.ts'
import type { HostedSite } from '#src/forward-auth/known-sites.ts'
import { mintTicket, ticketCookie } from '#src/forward-auth/mint-ticket.ts'
import type { Ticket } from '#src/forward-auth/ticket.ts'
import { findTicketSubject } from '#src/forward-auth/ticket-subject.sql.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { extendGrant } from '#src/sessions/grants.sql.ts'
import { extendSession } from '#src/sessions/handles.sql.ts'
import { prepareMint } from '#src/tokens/mint.ts'
import type { World } from '#src/world/world.ts'

type Renewed = { readonly ticket: Ticket; readonly cookie: string }

type Issued = Renewed & { readonly sessionId: string }

/**
 * Mints a new ticket to replace an authentic one that has expired, or that was revoked by a change of names
 * or roles. The database decides, and nothing is used up: twenty concurrent requests each get a ticket.
 */
export async function replaceTicket(
  world: World,
  site: HostedSite,
  old: Ticket,
): Promise<Issued | undefined> {
  // A stolen key can sign any grant id, and the key ring may not have caught up with the log yet.
  if (revocationNode(world).log.isRevoked([old.kid], world.clock.now())) return undefined
  const { sid: grantId, aud: clientId } = old.claims
  return issueTicket(world, site, { grantId, clientId })
}

/** The same, and extends the grant and its session. */
export async function renewTicket(world: World, site: HostedSite, old: Ticket): Promise<Renewed | undefined> {
  const { db, clock, settings } = world
  const issued = await replaceTicket(world, site, old)
  if (!issued) return undefined
  const lifetimeMs = settings.refreshLifetimeMs
  const now = clock.now()
  await extendGrant(db.query, { id: old.claims.sid, now, lifetimeMs })
  // Using an app keeps the session alive that it is bound to.
  await extendSession(db.query, { id: issued.sessionId, now, lifetimeMs })
  return issued
}

/** A ticket for a live grant, with its cookie; undefined if the grant has ended. */
export async function issueTicket(
  world: World,
  site: HostedSite,
  { grantId, clientId }: { grantId: string; clientId: string },
): Promise<Issued | undefined> {
  const now = world.clock.now()
  await prepareMint(world, now)
  const subject = await findTicketSubject(world.db.query, { grantId, clientId, now })
  if (!subject) return undefined
  const ticket = mintTicket(world, { subject, now })
  const verdict = await judgeTicket(world, ticket, clientId)
  // It may have been revoked in the meantime.
  if (verdict.kind !== 'accepted') return undefined
  const cookie = ticketCookie(world, { ticket, endsAt: subject.endsAt, isSecure: site.isSecure })
  return { ticket: verdict.ticket, cookie, sessionId: subject.sessionId }
}
