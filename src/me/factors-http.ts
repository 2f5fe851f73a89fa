import { z } from 'zod'
import { FactorsBody, TrustedDeviceBody } from '#src/accounts/factor-schemas.ts'
import { factorsOnWire, listFactors } from '#src/accounts/list-factors.ts'
import type { Confirmed } from '#src/accounts/totp.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { deviceOnWire, listDevices } from '#src/credentials/trusted-devices/list.ts'
import { forgetDevice } from '#src/credentials/trusted-devices/trust.ts'
import type { TrustedDevice } from '#src/credentials/trusted-devices/trusted-device.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, empty, json } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { listOf, PageQuery, pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import {
  beginMyEmailCodes,
  beginMyTotp,
  choosePasskeys,
  confirmMyEmailCodes,
  confirmMyTotp,
  removeMyFactor,
  renewMyRecoveryCodes,
} from '#src/me/second-factors.ts'
import { clientOf } from '#src/sessions/session.ts'
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
    'Begins the setup of an authenticator app, replacing one that was never confirmed. Sign-ins ask ' +
    'for its codes after `POST /me/totp/confirm`.',
  body: z.strictObject({
    name: text({ min: 1, max: 100 }).optional().describe('Name that the user chose for the app or the phone'),
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
  summary: 'Turns the authenticator app on with the first code from it, in the session that began the setup.',
  body: z.strictObject({ code: text({ min: 1, max: 64 }) }),
  responses: {
    200: z.object({
      recovery_codes: RecoveryCodes.optional().describe('Absent if the user had some left'),
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
    'Removes the authenticator app. Removing the last second factor also removes the recovery codes and ' +
    'the trusted devices.',
  responses: { 204: null },
  errors: ['step_up_required', 'not_found'],
  handle: (world: World, call) => removing(world, call, 'totp'),
})

const Chosen = z.object({
  recovery_codes: RecoveryCodes.optional().describe('Absent if the user had some left'),
})

export const choosePasskeysCall = endpoint({
  summary: 'Requires a passkey after a password or another first factor. The user must have a passkey.',
  responses: { 200: Chosen },
  errors: ['step_up_required', 'mfa_off', 'no_passkey', 'already_enrolled'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    return json(200, chosenOnWire(await choosePasskeys(world, { userId, sessionId, by: byCallerOf(call) })))
  },
})

export const beginEmailCodesCall = endpoint({
  summary: 'Sends a code to the verified email of the user, to turn on codes by mail.',
  responses: { 202: null },
  errors: ['step_up_required', 'mfa_off', 'email_not_verified', 'no_mail', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    await beginMyEmailCodes(world, { userId, sessionId, language: call.language })
    return empty(202)
  },
})

export const confirmEmailCodesCall = endpoint({
  summary:
    'Turns on codes by mail as a second factor. They protect against a stolen password, but not against ' +
    'a person who reads the mail.',
  body: z.strictObject({ code: text({ min: 1, max: 64 }) }),
  responses: { 200: Chosen },
  errors: ['step_up_required', 'mfa_off', 'invalid_code', 'already_enrolled', 'too_many_attempts'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const client = clientOf(call)
    const confirmation = { userId, sessionId, code: call.body.code, client, by: byCallerOf(call) }
    return json(200, chosenOnWire(await confirmMyEmailCodes(world, confirmation)))
  },
})

function chosenOnWire({ recoveryCodes }: Confirmed) {
  return recoveryCodes ? { recovery_codes: [...recoveryCodes] } : {}
}

export const turnPasskeysOffCall = endpoint({
  summary: 'Stops using a passkey as the second factor. The passkeys stay and can still sign in.',
  responses: { 204: null },
  errors: ['step_up_required', 'not_found'],
  handle: (world: World, call) => removing(world, call, 'passkey'),
})

export const turnEmailCodesOffCall = endpoint({
  summary: 'Turns off codes by mail as a second factor.',
  responses: { 204: null },
  errors: ['step_up_required', 'not_found'],
  handle: (world: World, call) => removing(world, call, 'email_code'),
})

async function removing(world: World, call: Call, id: string): Promise<Answer> {
  const { userId, sessionId } = callerOf(call)
  await removeMyFactor(world, { userId, sessionId, id, by: byCallerOf(call) })
  return empty(204)
}

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
  summary: 'Creates ten new recovery codes. The previous ones stop working.',
  responses: { 200: z.object({ recovery_codes: RecoveryCodes }) },
  errors: ['step_up_required', 'no_second_factor'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const codes = await renewMyRecoveryCodes(world, { userId, sessionId, by: byCallerOf(call) })
    return json(200, { recovery_codes: codes })
  },
})

export const listMyDevices = endpoint({
  summary: 'Lists the trusted devices, which skip the second factor, newest first.',
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
  summary: 'Removes a trusted device: its next sign-in needs a second factor. Its sessions stay.',
  responses: { 204: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { userId } = callerOf(call)
    const id = call.params.id ?? ''
    if (!(await forgetDevice(world, { userId, id, by: byCallerOf(call) }))) throw new AppError('not_found')
    return empty(204)
  },
})
