import { createHash } from 'node:crypto'
import { appById } from '#src/apps/apps.sql.ts'
import type { LogoutNotice, LogoutTarget } from '#src/apps/logout-notices.sql.ts'
import type { LogoutOrder } from '#src/apps/logout-reader.ts'
import { subjectFor } from '#src/apps/subject.ts'
import { callOutside, outgoingPolicy } from '#src/http/outgoing.ts'
import { idTokenKeyOf } from '#src/oidc/id-token.ts'
import type { Sender } from '#src/outbox/readers.ts'
import { inTrace } from '#src/telemetry/trace.ts'
import { encodeJwt } from '#src/tokens/jwt.ts'
import type { World } from '#src/world/world.ts'

/** OpenID Connect Back-Channel Logout section 2.4 recommends at most two minutes. */
const lifetimeSeconds = 120

/**
 * OpenID Connect Back-Channel Logout section 2.5. Signed at each attempt, because a logout token is
 * short-lived and the app may be down for hours; `jti` stays the same, so that the app can recognize a
 * repeat.
 */
export const sendLogoutToken: Sender = async (world, { payload, key }) => {
  const { trace, ...notice } = JSON.parse(payload) as LogoutOrder
  const app = (await appById(world.db.query, notice.clientId)) ?? notice.removed
  if (app?.backchannelUri === undefined) return
  // As in its ID tokens.
  const sub = await subjectFor(world, { app, userId: notice.userId })
  const body = new URLSearchParams({ logout_token: await logoutToken(world, app, { notice, key, sub }) })
  const { backchannelUri } = app
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const { status } = await inTrace(trace, () =>
    callOutside(outgoingPolicy(world.settings), backchannelUri, { method: 'POST', headers, body }),
  )
  if (status !== 200 && status !== 204) throw new Error(`The app answered with status ${status}`)
}

type Told = { readonly notice: LogoutNotice; readonly key: string; readonly sub: string }

async function logoutToken(world: World, app: LogoutTarget, { notice, key, sub }: Told): Promise<string> {
  const now = Math.floor(world.clock.now() / 1000)
  const claims = {
    iss: world.settings.publicUrl,
    sub,
    aud: app.clientId,
    iat: now,
    exp: now + lifetimeSeconds,
    jti: createHash('sha256').update(key).digest('base64url'),
    sid: notice.grantId,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  }
  const { id, privateKey } = await idTokenKeyOf(world, app)
  return encodeJwt({ alg: app.idTokenAlg, typ: 'logout+jwt', kid: id }, claims, privateKey)
}
