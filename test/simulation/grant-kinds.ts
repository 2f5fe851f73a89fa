import { mintForActor, mintForGrant } from '#src/apps/app-token.ts'
import { appById } from '#src/apps/apps.sql.ts'
import { findGrantSubject } from '#src/apps/grant-subject.sql.ts'
import { judgeAppToken } from '#src/apps/judge-app-token.ts'
import { mintTicket } from '#src/forward-auth/mint-ticket.ts'
import { findTicketSubject } from '#src/forward-auth/ticket-subject.sql.ts'
import {
  type IssuedToken,
  rightsOf,
  type SimulatedApp,
  type SimulatedGrant,
} from '#test/simulation/grant-model.ts'
import { type GrantScene, mintingNodeOf } from '#test/simulation/grant-scene.ts'
import { proofOf } from '#test/support/dpop.ts'

const scopes = ['openid', 'read']

/**
 * The ticket of a browser for an app behind a proxy. Undefined where its grant, session or user has ended.
 */
export async function ticketFor(scene: GrantScene, grant: SimulatedGrant): Promise<IssuedToken | undefined> {
  const { clientId } = grant.app
  // Read before the database is queried: anything that ends everything of the user in between revokes the
  // ticket.
  const { everything } = grant.owner
  const { world, now } = await mintingNodeOf(scene)
  const subject = await findTicketSubject(world.db.query, { grantId: grant.id, clientId, now })
  if (!subject) return undefined
  const text = mintTicket(world, { subject, now })
  return { text, kind: 'ticket', clientId, rights: [everything, ...rightsOf(grant)] }
}

/** A token that works only with a proof of the key of the scene. */
export async function boundTokenFor(
  scene: GrantScene,
  grant: SimulatedGrant,
): Promise<IssuedToken | undefined> {
  const { world, now } = await mintingNodeOf(scene)
  const subject = await findGrantSubject(world.db.query, { grantId: grant.id, now })
  const app = await appById(world.db.query, grant.app.clientId)
  if (!subject || !app) return undefined
  const { audience, key } = scene
  const minting = { subject, sub: grant.owner.id, app, audience, scopes, now, keyThumbprint: key.thumbprint }
  return { text: mintForGrant(world, minting).accessToken, kind: 'bound', rights: rightsOf(grant) }
}

/** The token that an app gets in exchange for one of another app; bound to the same key, if that is bound. */
export async function exchangedFor(
  scene: GrantScene,
  token: IssuedToken,
  actor: SimulatedApp,
): Promise<IssuedToken | undefined> {
  const { world, now } = await mintingNodeOf(scene)
  const claims = await judgeAppToken(world, token.text)
  const app = await appById(world.db.query, actor.clientId)
  if (!claims || !app) return undefined
  const keyThumbprint = claims.cnf?.jkt
  const minting = { app, claims, audience: scene.audience, scopes: ['read'], now, keyThumbprint }
  const { accessToken: text } = mintForActor(world, minting)
  return { text, kind: token.kind, rights: [...token.rights, actor] }
}

/** A request with such a token, by the clock of the verifiers. */
export async function provenRequest({ key, steps }: GrantScene, { text }: IssuedToken) {
  const request = { method: 'GET', url: 'https://api.example.org/notes' }
  const iat = Math.floor((Date.now() + steps.verifiers) / 1000)
  const dpop = await proofOf(key, { ...request, accessToken: text, claims: { iat } })
  return { headers: { authorization: `DPoP ${text}`, dpop }, request }
}
