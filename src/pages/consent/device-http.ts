import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { decideDevice, waitingDevice } from '#src/oidc/device-flow.ts'
import { deviceCodePage, deviceConfirmPage, deviceDonePage } from '#src/pages/consent/device-page.ts'
import { Typed } from '#src/pages/form.ts'
import { textsFor } from '#src/pages/texts.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export const showDevice = endpoint({
  summary: 'Asks for the code of a device, and whether the device may use the account (RFC 8628).',
  query: z.object({ user_code: Typed.catch(''), outcome: z.unknown().optional() }),
  responses: { 200: null },
  errors: ['not_signed_in', 'too_many_attempts', 'too_many_requests'],
  limit: byAddress('device'),
  handle: async (world: World, call) => {
    const { user_code: typed, outcome } = call.query
    if (outcome === 'allowed' || outcome === 'refused') return deviceDonePage(call, outcome)
    if (typed === '') return deviceCodePage(call, { typed, errors: undefined })
    const { userId } = callerOf(call)
    const device = await waitingDevice(world, { typed, userId })
    const user = device && (await findUser(world.db.query, userId))
    return user ? deviceConfirmPage(call, { email: user.email, device }) : wrongCode(call, typed)
  },
})

export const sendDevice = endpoint({
  summary: 'Redirects to the device of a typed code, or records the decision about it.',
  body: z.object({ user_code: Typed, decision: Typed }),
  responses: { 200: null, 303: null },
  errors: ['not_signed_in', 'too_many_attempts', 'too_many_requests'],
  limit: byAddress('device'),
  handle: async (world: World, call) => {
    const { user_code: typed, decision } = call.body
    if (decision === '') return seeOther(`/device?${new URLSearchParams({ user_code: typed })}`)
    const { userId, sessionId } = callerOf(call)
    const isAllowed = decision === 'allow'
    const isDecided = await decideDevice(world, { typed, userId, sessionId, isAllowed, by: byCallerOf(call) })
    return isDecided
      ? seeOther(`/device?outcome=${isAllowed ? 'allowed' : 'refused'}`)
      : wrongCode(call, typed)
  },
})

function wrongCode(call: Call, typed: string): Answer {
  const sentence = textsFor(call.language).get('device_wrong')
  const { status } = new AppError('not_found')
  const errors = { status, headers: {}, alert: sentence, fields: {} }
  return deviceCodePage(call, { typed, errors })
}
