import { openGrant } from '#src/apps/open-grant.ts'
import { asUser, type By } from '#src/audit/by.ts'
import type { HostedSite } from '#src/forward-auth/known-sites.ts'
import { issueTicket } from '#src/forward-auth/renew-ticket.ts'
import { consumeSiteCode, deleteExpiredSiteCodes, insertSiteCode } from '#src/forward-auth/site-codes.sql.ts'
import { randomId } from '#src/platform/random.ts'
import { liveGrantIn } from '#src/sessions/grants.sql.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { Client } from '#src/sessions/session.ts'
import { BrokenReference } from '#src/store/db.ts'
import { findTokenSubject, type TokenSubject } from '#src/tokens/token-subject.sql.ts'
import type { World } from '#src/world/world.ts'

/** The browser redeems it immediately. */
const codeLifetimeMs = 60_000

/** The scopes that an app receives, to which users of a third-party app must have consented. */
export const siteScopes = ['openid', 'profile', 'email', 'roles'] as const

/**
 * The code with which a browser returns to the host where the sign-in began; undefined if the app or the user
 * has just been deleted.
 */
export async function issueSiteCode(
  { db, random, clock }: World,
  { site, subject, browserHash }: { site: HostedSite; subject: TokenSubject; browserHash: string },
): Promise<string | undefined> {
  const code = randomId(random)
  const now = clock.now()
  const inserting = insertSiteCode(db.query, {
    codeHash: hashOf(code),
    clientId: site.clientId,
    userId: subject.user.id,
    sessionId: subject.sessionId,
    host: site.host,
    browserHash,
    now,
    expiresAt: now + codeLifetimeMs,
  })
  return inserting.then(
    () => code,
    (error: unknown) => {
      if (error instanceof BrokenReference) return undefined
      throw error
    },
  )
}

type Redeeming = {
  readonly site: HostedSite
  readonly code: string
  /** The secret of the browser that presents the code. */
  readonly browser: string
  readonly client: Client
  readonly by: By
}

/** Uses up a code, and returns the cookie with the ticket; undefined if the code is not valid here. */
export async function redeemSiteCode(world: World, redeeming: Redeeming): Promise<string | undefined> {
  const { site, code, browser } = redeeming
  const { db, clock } = world
  const used = await consumeSiteCode(db.query, {
    codeHash: hashOf(code),
    clientId: site.clientId,
    host: site.host,
    browserHash: hashOf(browser),
    now: clock.now(),
  })
  if (!used) return undefined
  const { sessionId, clientId } = used
  const subject = await findTokenSubject(db.query, { sessionId, now: clock.now() })
  if (!subject) return undefined
  const grantId = await grantIn(world, redeeming, subject)
  return grantId === undefined ? undefined : (await issueTicket(world, site, { grantId, clientId }))?.cookie
}

/** One grant for each session and app, no matter how often the browser returns without its ticket. */
async function grantIn(
  world: World,
  { site, client, by }: Redeeming,
  subject: TokenSubject,
): Promise<string | undefined> {
  const { clientId } = site
  const { sessionId, user } = subject
  const existing = await liveGrantIn(world.db.query, { sessionId, clientId, now: world.clock.now() })
  if (existing !== undefined) return existing
  const id = randomId(world.random)
  const opened = await openGrant(world, {
    useCode: async () => true,
    id,
    userId: user.id,
    clientId,
    sessionId,
    isOffline: false,
    scopes: siteScopes,
    audiences: [],
    keyThumbprint: undefined,
    amr: subject.amr,
    level: subject.level,
    authenticatedAt: subject.authenticatedAt,
    refreshLifetimeMs: world.settings.refreshLifetimeMs,
    client,
    by: asUser(by, user.id),
  })
  return opened.kind === 'opened' ? id : undefined
}

/** Deletes a batch of expired codes. */
export function cleanSiteCodes({ db, clock }: World, max: number): Promise<number> {
  return deleteExpiredSiteCodes(db.query, clock.now(), max)
}
