import { disable, enable } from '#src/accounts/disable.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import { mintForGrant, mintForMachine } from '#src/apps/app-token.ts'
import { appById } from '#src/apps/apps.sql.ts'
import { disable as disableApp, enable as enableApp, removeApp } from '#src/apps/end-app.ts'
import { disconnect, endOneGrant } from '#src/apps/end-grant.ts'
import { openGrant } from '#src/apps/open-grant.ts'
import { refreshGrant } from '#src/apps/refresh-grant.ts'
import { byCli } from '#src/audit/by.ts'
import { randomId } from '#src/platform/random.ts'
import { end, endOthers } from '#src/sessions/end.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { writeRefreshToken } from '#src/tokens/refresh-token.ts'
import type { World } from '#src/world/world.ts'
import { ticketFor } from '#test/simulation/grant-kinds.ts'
import {
  endEverything,
  endGrantsOfApp,
  endOtherSessions,
  type IssuedToken,
  type Owner,
  rightsOf,
  type SimulatedApp,
  type SimulatedGrant,
  type SimulatedSession,
} from '#test/simulation/grant-model.ts'
import { type GrantScene, mintingNodeOf, nodeOf, oneOf } from '#test/simulation/grant-scene.ts'
import { pairOf } from '#test/support/people.ts'

const client = { address: '192.0.2.7', userAgent: '' }
const scopes = ['openid', 'read']

export async function signIn(scene: GrantScene, owner: Owner): Promise<IssuedToken> {
  const { everything } = owner
  const { accessToken, sessionId } = await pairOf(nodeOf(scene), owner)
  const session = { id: sessionId, owner, isEnded: everything.isEnded }
  owner.sessions.push(session)
  return { text: accessToken, kind: 'session', rights: [everything, session] }
}

/** Undefined where the session had ended. */
export async function open(
  scene: GrantScene,
  session: SimulatedSession,
  app: SimulatedApp,
): Promise<SimulatedGrant | undefined> {
  const { owner } = session
  const { everything } = owner
  const isOffline = !app.isSite && scene.between(0, 2) === 0
  const world = nodeOf(scene)
  const id = randomId(world.random)
  const opened = await openGrant(world, {
    useCode: async () => true,
    ...{ id, userId: owner.id, clientId: app.clientId, sessionId: session.id, isOffline },
    ...{ scopes, audiences: [scene.audience], amr: ['pwd'], level: 'aal1', client, by: byCli },
    authenticatedAt: world.clock.now(),
    keyThumbprint: undefined,
    refreshLifetimeMs: world.settings.refreshLifetimeMs,
  })
  if (opened.kind !== 'opened') return undefined
  const grant: SimulatedGrant = {
    ...{ id, owner, app, session: isOffline ? undefined : session, isEnded: everything.isEnded },
    refreshTokens: [writeRefreshToken(world.keys, { handle: opened.handle, counter: 0 })],
  }
  owner.grants.push(grant)
  return grant
}

export type RefreshedApp = { readonly token: IssuedToken; readonly successor: string }

/** Undefined where the refresh token, or another ticket, is rejected. */
export async function refresh(
  scene: GrantScene,
  grant: SimulatedGrant,
  presented: string | undefined = grant.refreshTokens.at(-1),
): Promise<RefreshedApp | undefined> {
  if (grant.app.isSite) {
    const ticket = await ticketFor(scene, grant)
    return ticket && { token: ticket, successor: '' }
  }
  const world = nodeOf(scene)
  const app = await appById(world.db.query, grant.app.clientId)
  if (!app || presented === undefined) return undefined
  const { clientId } = app
  const { refreshLifetimeMs: lifetimeMs } = world.settings
  const plain = { step: 1, keyThumbprint: undefined } as const
  const refreshed = await refreshGrant(world, {
    ...{ ...plain, presented, clientId, lifetimeMs, client, by: byCli },
  })
  if (!refreshed) return undefined
  const { subject, now, refreshToken: successor } = refreshed
  if (!grant.refreshTokens.includes(successor)) grant.refreshTokens.push(successor)
  const { userId: sub } = subject.grant
  const minting = { subject, sub, app, audience: scene.audience, scopes, now, keyThumbprint: undefined }
  const access = mintForGrant(world, minting)
  return { token: { text: access.accessToken, kind: 'app', rights: rightsOf(grant) }, successor }
}

/** Presents a refresh token whose successor was also used, which ends the grant as stolen. */
export async function replay(scene: GrantScene, grant: SimulatedGrant): Promise<void> {
  const old = grant.refreshTokens.at(-3)
  if (old === undefined || grant.app.isSite) return
  await refresh(scene, grant, old)
  grant.isEnded = true
}

export async function issueToMachine(
  scene: GrantScene,
  simulated: SimulatedApp,
): Promise<IssuedToken | undefined> {
  const { world, now } = await mintingNodeOf(scene)
  const app = await appById(world.db.query, simulated.clientId)
  if (!app) return undefined
  const minting = { app, audience: scene.audience, scopes: ['read'], now, keyThumbprint: undefined }
  const { accessToken } = mintForMachine(world, minting)
  return { text: accessToken, kind: 'machine', rights: [simulated] }
}

type Ending = (scene: GrantScene, target: SimulatedGrant) => Promise<void>

/** Everything that ends rights, aimed at one grant. It resolves when the call would be answered. */
export const endings: Readonly<Record<string, Ending>> = {
  async 'the session ends'(scene, target) {
    const session = sessionOf(scene, target)
    if (!session) return
    const ending = { sessionId: session.id, userId: target.owner.id, reason: 'logout', by: byCli } as const
    await (await end(nodeOf(scene), ending)).propagated
    session.isEnded = true
  },
  async 'the other sessions end'(scene, { owner }) {
    const spared = oneOf(scene, owner.sessions)
    if (!spared) return
    await (await endOthers(nodeOf(scene), { userId: owner.id, spared: spared.id, by: byCli })).propagated
    endOtherSessions(owner, spared)
  },
  async 'the user is logged out everywhere'(scene, { owner }) {
    const all = { userId: owner.id, reason: 'logout_all', by: byCli } as const
    await (await logOutEverywhere(nodeOf(scene), all)).propagated
    endEverything(owner)
  },
  async 'the user is disabled'(scene, { owner }) {
    const world = nodeOf(scene)
    await (await disable(world, { userId: owner.id, by: byCli })).propagated
    endEverything(owner)
    await enable(world, { userId: owner.id, by: byCli })
  },
  async 'the user is deleted'(scene, { owner }) {
    await (await removeWithTokens(nodeOf(scene), { userId: owner.id, by: byCli })).propagated
    endEverything(owner)
    scene.owners[scene.owners.indexOf(owner)] = await scene.newOwner()
  },
  async 'the grant is revoked'(scene, target) {
    await revoked(nodeOf(scene), target)
    target.isEnded = true
  },
  async 'the app is disconnected'(scene, { owner, app }) {
    const about = { userId: owner.id, clientId: app.clientId, by: byCli }
    await (await disconnect(nodeOf(scene), about)).propagated
    endGrantsOfApp(owner, app)
  },
  async 'the app is disabled'(scene, { app }) {
    const { clientId, isSite } = app
    const world = nodeOf(scene)
    await (await disableApp(world, { clientId, by: byCli })).propagated
    app.isEnded = true
    // Enabled again, it has no grants: users connect it again.
    await enableApp(world, { clientId, by: byCli })
    scene.apps[scene.apps.indexOf(app)] = { clientId, isSite, isEnded: false }
  },
  async 'the app is removed'(scene, { app }) {
    await (await removeApp(nodeOf(scene), { clientId: app.clientId, by: byCli })).propagated
    app.isEnded = true
    scene.apps[scene.apps.indexOf(app)] = await scene.newApp(app)
  },
}

/** The session of the grant; for an offline one, any session of its user. */
function sessionOf(scene: GrantScene, { session, owner }: SimulatedGrant): SimulatedSession | undefined {
  return session ?? oneOf(scene, owner.sessions)
}

async function revoked(world: World, { id }: SimulatedGrant): Promise<void> {
  await (await endOneGrant(world, { id, reason: 'revoked', by: byCli })).propagated
}
