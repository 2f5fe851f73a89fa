import assert from 'node:assert/strict'
import { removeApp } from '#src/apps/end-app.ts'
import { openGrant } from '#src/apps/open-grant.ts'
import { byCli } from '#src/audit/by.ts'
import { randomId } from '#src/platform/random.ts'
import { writeRefreshToken } from '#src/tokens/refresh-token.ts'
import { connect, disconnect, refreshApp } from '#test/model/app-model.ts'
import { isAccepted } from '#test/model/model.ts'
import { clientFrom, type HeldByApp, momentAt, newApp, type Real } from '#test/model/real.ts'
import { formCall, tokenCall, tokensIn } from '#test/support/app-sign-in.ts'
import { assertRefused } from '#test/support/rejected.ts'

type Held = Real['held'][number]

/** Actions of users and apps that are not about sessions; each uses a previously issued pair of a session. */
export const actsOfOwners = {
  'connect an app': (real: Real, held: Held, place: number) =>
    connectApp(real, held, { place, isOffline: false }),
  'connect an app that acts offline': (real: Real, held: Held, place: number) =>
    connectApp(real, held, { place, isOffline: true }),
  'disconnect the app': async (real: Real, { pair, body }: Held, place: number) => {
    const client = clientFrom(real, momentAt(real, place))
    const reply = await client.delete(`/api/v1/me/apps/${real.app.registered.id}`, {
      bearer: body.access_token,
    })
    if (!isAccepted(pair, real.clock.now())) return assertRefused(reply, 'not_signed_in')
    const ended = disconnect(pair.session.owner, real.app.model)
    assert.equal(reply.status, ended > 0 ? 204 : 404, reply.text)
  },
}

/** Actions of an app with its own pair. */
export const actsOfApps = {
  'refresh an app': async (real: Real, held: HeldByApp, place: number) => {
    const moment = momentAt(real, place)
    const fields = { grant_type: 'refresh_token', refresh_token: held.refreshToken }
    const reply = await tokenCall(clientFrom(real, moment), held.app, fields)
    const next = refreshApp(held.pair, moment)
    if (!next) return assert.match(tokensIn(reply).error, /^invalid_(?:grant|client)$/, reply.text)
    assert.equal(reply.status, 200, reply.text)
    const { access_token: accessToken, refresh_token: refreshToken } = tokensIn(reply)
    const twin = real.heldByApps.find(
      ({ pair }) => pair.grant === next.grant && pair.counter === next.counter,
    )
    if (twin) assert.equal(refreshToken, twin.refreshToken)
    real.heldByApps.push({ pair: next, app: held.app, accessToken, refreshToken })
  },
  'revoke the refresh token of an app': async (real: Real, held: HeldByApp, place: number) => {
    const client = clientFrom(real, momentAt(real, place))
    const reply = await formCall(client, '/oauth/revoke', held.app, { token: held.refreshToken })
    assert.equal(reply.status, held.pair.grant.app.isRemoved ? 401 : 200, reply.text)
    if (!held.pair.grant.app.isRemoved) held.pair.grant.isEnded = true
  },
}

export async function removeTheApp(real: Real): Promise<void> {
  const { registered, model } = real.app
  await (await removeApp(real.server().world, { clientId: registered.id, by: byCli })).propagated
  model.isRemoved = true
  real.app = await newApp(real)
}

/** The part after the code; the token endpoint and the pages before it have separate tests. */
async function connectApp(
  real: Real,
  { pair, body }: Held,
  { place, isOffline }: { place: number; isOffline: boolean },
): Promise<void> {
  const { world } = real.server()
  const { registered, model } = real.app
  const rotated = momentAt(real, place)
  const opened = await openGrant(world, {
    useCode: async () => true,
    ...{ id: randomId(world.random), userId: body.user.id, clientId: registered.id, isOffline },
    ...{ sessionId: body.session_id, scopes: ['openid'], audiences: [], amr: ['pwd'], level: 'aal1' },
    ...{ authenticatedAt: real.clock.now(), refreshLifetimeMs: world.settings.refreshLifetimeMs },
    ...{ client: rotated.from, by: byCli, keyThumbprint: undefined },
  })
  const grant = connect(pair.session, { app: model, isOffline, rotated })
  assert.equal(opened.kind, grant ? 'opened' : 'signed_out')
  if (opened.kind !== 'opened' || !grant) return
  const refreshToken = writeRefreshToken(world.keys, { handle: opened.handle, counter: 0 })
  const first = { pair: { grant, counter: 0, expiresAt: 0 }, app: registered, accessToken: '', refreshToken }
  real.heldByApps.push(first)
  await actsOfApps['refresh an app'](real, first, place)
}
