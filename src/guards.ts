import { AppError } from '#src/errors/errors.ts'
import { bearerIn } from '#src/http/authorization.ts'
import type { Call, Caller } from '#src/http/call.ts'
import { changesSomething } from '#src/http/cross-site.ts'
import { isPassedOn } from '#src/http/forwarding.ts'
import type { Guard } from '#src/http/mount.ts'
import { type ConsolePlace, placeOf } from '#src/pages/console/places.ts'
import { callerOfPage } from '#src/pages/page-session.ts'
import { inCidrs, isLoopback } from '#src/platform/addresses.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import { verifierOf } from '#src/revocations/verifier-keys.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import type { AccessToken } from '#src/tokens/access-token.ts'
import { authenticate, type Verdict } from '#src/tokens/authenticate.ts'
import { awaitPropagation } from '#src/tokens/await-propagation.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import { presentedAccessToken } from '#src/tokens/presented.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

/** Anyone: the endpoint checks credentials itself. */
export const anyone: Guard<World> = {
  name: 'anyone',
  proofs: [],
  errors: [],
  admit: async () => undefined,
}

/** A live access token, by bearer or cookie. */
export const signedIn: Guard<World> = {
  name: 'signed in',
  proofs: ['bearer', 'access_cookie'],
  errors: ['not_signed_in'],
  admit: callerByToken,
}

/**
 * A live access token that carries one of the roles; roles in tokens are never stale, because a change
 * revokes them.
 */
export function holding(...roles: readonly string[]): Guard<World> {
  return {
    name: `role ${roles.join(' or ')}`,
    proofs: signedIn.proofs,
    errors: ['not_signed_in', 'forbidden'],
    admit: (world, call) => callerHolding(world, call, roles),
  }
}

/** The same with a recent proof, for endpoints that make changes. */
export function holdingRecently(role: string): Guard<World> {
  const { proofs, errors } = holding(role)
  return {
    name: `role ${role}, with a recent proof`,
    proofs,
    errors: [...errors, 'step_up_required'],
    async admit(world, call) {
      const caller = await callerHolding(world, call, [role])
      const user = await findUser(world.db.query, caller.userId)
      const error = user ? await missingProof(world, user, caller) : new AppError('not_signed_in')
      // Another call may have just ended this session, so this waits until no node accepts its tokens.
      if (error?.code === 'not_signed_in') await awaitPropagation(call, propagateAll(world))
      if (error) throw error
      return caller
    },
  }
}

/** A resource server with a verifier key. */
export const verifierKey: Guard<World> = {
  name: 'verifier key',
  proofs: ['verifier_key'],
  errors: ['not_signed_in'],
  async admit(world, call) {
    const key = bearerIn(call.header('authorization') ?? '')
    const verifier = key === undefined ? undefined : await verifierOf(world, key)
    if (!verifier) throw new AppError('not_signed_in')
    return { verifier: verifier.name }
  },
}

/**
 * Monitoring: this machine, and the IP addresses in the settings. A forwarded request is accepted only from a
 * trusted proxy, and never counts as local: otherwise an unknown or misconfigured proxy on this machine would
 * admit everyone.
 */
export const watcher: Guard<World> = {
  name: 'this machine, or an IP address in `SIGIL_METRICS_ALLOW`',
  proofs: [],
  errors: ['address_not_allowed'],
  async admit({ settings }, { address, peer, header }) {
    const isOwnCall = !isPassedOn(header)
    const isAddressKnown = isOwnCall || inCidrs(peer, settings.trustedProxies)
    const isThisMachine = isOwnCall && isLoopback(address)
    if (isThisMachine || (isAddressKnown && inCidrs(address, settings.metricsAllow))) return undefined
    throw new AppError('address_not_allowed')
  },
}

/** Pages: the page session, which outlives an access token without a script. */
export const onPage: Guard<World> = {
  name: 'page session',
  proofs: ['page_session'],
  errors: ['not_signed_in'],
  async admit(world, call) {
    const caller = await callerOfPage(world, call)
    if (caller) return caller
    // The row of a page session may have been deleted; the access token shows that there was one.
    const access = changesSomething(call.method) && presentedAccessToken(call, isSecure(world))
    if (access) await awaitPropagationIfRevoked(world, call, await authenticate(world, access.token))
    throw new AppError('not_signed_in')
  },
}

/** A page of the console for users with one of these roles, by their current roles in the database. */
export function readingConsole(path: ConsolePlace): Guard<World> {
  const { readers } = placeOf(path)
  return {
    name: `page session with role ${readers.join(' or ')}`,
    proofs: onPage.proofs,
    errors: ['not_signed_in', 'forbidden'],
    admit: (world, call) => pageCallerHolding(world, call, readers),
  }
}

/** Changes in the console, and their confirmation pages. */
export const changingConsole: Guard<World> = {
  name: 'page session with role admin, with a recent proof',
  proofs: onPage.proofs,
  errors: ['not_signed_in', 'forbidden', 'step_up_required'],
  async admit(world, call) {
    const caller = await pageCallerHolding(world, call, ['admin'])
    const user = await findUser(world.db.query, caller.userId)
    const error = user ? await missingProof(world, user, caller) : new AppError('not_signed_in')
    if (error) throw error
    return caller
  },
}

async function pageCallerHolding(world: World, call: Call, roles: readonly string[]): Promise<Caller> {
  const admitted = await onPage.admit(world, call)
  const isHolder = admitted && 'roles' in admitted && admitted.roles.some((role) => roles.includes(role))
  if (!isHolder) throw new AppError('forbidden')
  return admitted
}

/** A page for anyone, which recognizes a signed-in visitor. */
export const visitor: Guard<World> = { name: 'visitor', proofs: [], errors: [], admit: callerOfPage }

async function missingProof(world: World, user: User, { sessionId }: Caller): Promise<AppError | undefined> {
  try {
    await requireRecentProof(world, { user, sessionId })
    return undefined
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

async function callerHolding(world: World, call: Call, roles: readonly string[]): Promise<Caller> {
  const caller = await callerByToken(world, call)
  if (!caller.roles.some((role) => roles.includes(role))) throw new AppError('forbidden')
  return caller
}

async function callerByToken(world: World, call: Call): Promise<Caller> {
  const presented = presentedAccessToken(call, isSecure(world))
  if (!presented) throw new AppError('not_signed_in')
  const verdict = await authenticate(world, presented.token)
  if (verdict.kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
  await awaitPropagationIfRevoked(world, call, verdict)
  if (verdict.kind !== 'accepted') throw new AppError('not_signed_in')
  return callerOfToken(verdict.token, presented.via)
}

/** A call that changes something may be a retry of the call that revoked its token. */
async function awaitPropagationIfRevoked(world: World, call: Call, { kind }: Verdict): Promise<void> {
  if (kind === 'revoked' && changesSomething(call.method)) await awaitPropagation(call, propagateAll(world))
}

function callerOfToken({ claims, signature }: AccessToken, via: Caller['via']): Caller {
  return {
    userId: claims.sub,
    sessionId: claims.sid,
    signature,
    roles: claims.roles,
    authenticatedAt: claims.auth_time * 1000,
    via,
  }
}
