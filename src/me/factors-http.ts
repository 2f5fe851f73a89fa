import { z } from 'zod'
import { FactorsBody, TrustedDeviceBody } from '#src/accounts/factor-schemas.ts'
import { factorsOnWire, listFactors } from '#src/accounts/list-factors.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { deviceOnWire, listDevices } from '#src/credentials/trusted-devices/list.ts'
import { forgetDevice } from '#src/credentials/trusted-devices/trust.ts'
import type { TrustedDevice } from '#src/credentials/trusted-devices/trusted-device.ts'
import { AppError } from '#src/errors/errors.ts'
import { empty, json } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { listOf, PageQuery, pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { beginMyTotp, confirmMyTotp, removeMyFactor, renewMyRecoveryCodes } from '#src/me/second-factors.ts'
import { enrolmentOnWire, RecoveryCodes, TotpEnrolment } from '#src/sign-in/schemas.ts'
import type { World } from '#src/world/world.ts'

export const listMyFactors = endpoint({
  summary: 'Lists the second factors of the current user.',
  responses: { 200: FactorsBody },
  errors: [],
  handle: async (world: World, call) =>
    json(200, factorsOnWire(await listFactors(world.db.query, callerOf(call).userId))),
})

export const beginTotpCall = endpoint({
  summary:
    'Begins to set up an authenticator app, in place of a set-up that was never confirmed. Sign-ins ask ' +
    'for its codes after `POST /me/totp/confirm`.',
  body: z.strictObject({
    name: text({ min: 1, max: 100 }).optional().describe('What the user calls the app or the phone'),
  }),
  responses: { 201: TotpEnrolment },
  errors: ['step_up_required', 'already_enrolled', 'mfa_off'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const { name } = call.body
    return json(201, enrolmentOnWire(await beginMyTotp(world, { userId, sessionId, name })))
  },
})

export const confirmTotpCall = endpoint({
  summary:
    'Turns the authenticator app on with the first code from it, in the session that began the set-up.',
  body: z.strictObject({ code: text({ min: 1, max: 64 }) }),
  responses: {
    200: z.object({
      recovery_codes: RecoveryCodes.optional().describe('Absent where the user had some left'),
    }),
  },
  errors: ['invalid_code', 'too_many_attempts'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const confirmation = { userId, sessionId, code: call.body.code, by: byCallerOf(call) }
    const { recoveryCodes } = await confirmMyTotp(world, confirmation)
    return json(200, recoveryCodes ? { recovery_codes: recoveryCodes } : {})
  },
})

export const removeTotpCall = endpoint({
  summary:
    'Removes the authenticator app. With the last second factor the recovery codes and the trusted devices ' +
    'go too.',
  responses: { 204: null },
  errors: ['step_up_required', 'not_found'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    await removeMyFactor(world, { userId, sessionId, id: 'totp', by: byCallerOf(call) })
    return empty(204)
  },
})

export const countMyRecoveryCodes = endpoint({
  summary: 'Returns how many recovery codes are left.',
  responses: { 200: z.object({ left: z.int() }) },
  errors: [],
  handle: async (world: World, call) => {
    const { recoveryCodesLeft } = await listFactors(world.db.query, callerOf(call).userId)
    return json(200, { left: recoveryCodesLeft })
  },
})

export const renewRecoveryCodesCall = endpoint({
  summary: 'Makes ten new recovery codes. The earlier ones stop working.',
  responses: { 200: z.object({ recovery_codes: RecoveryCodes }) },
  errors: ['step_up_required', 'no_second_factor'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const codes = await renewMyRecoveryCodes(world, { userId, sessionId, by: byCallerOf(call) })
    return json(200, { recovery_codes: codes })
  },
})

export const listMyDevices = endpoint({
  summary: 'Lists the devices on which no second factor is asked for, newest first.',
  query: PageQuery,
  responses: { 200: listOf(TrustedDeviceBody) },
  errors: [],
  handle: async (world: World, call) => {
    const { limit, cursor } = call.query
    const { userId } = callerOf(call)
    const devices = await listDevices(world, { userId, place: readCursor(cursor), limit })
    const placeOf = ({ createdAt, id }: TrustedDevice) => ({ at: createdAt, id })
    return json(200, pageOf(devices, { limit, placeOf, onWire: deviceOnWire }))
  },
})

export const forgetMyDevice = endpoint({
  summary: 'Asks for a second factor on a device again, from its next sign-in on. Its sessions stay.',
  responses: { 204: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { userId } = callerOf(call)
    const id = call.params.id ?? ''
    if (!(await forgetDevice(world, { userId, id, by: byCallerOf(call) }))) throw new AppError('not_found')
    return empty(204)
  },
})
