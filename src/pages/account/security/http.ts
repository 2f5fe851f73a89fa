import { z } from 'zod'
import { listFactors } from '#src/accounts/list-factors.ts'
import { safetyOf } from '#src/accounts/safety.ts'
import type { Confirmed } from '#src/accounts/totp.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { pendingTotp } from '#src/credentials/totp/enrol.ts'
import { deviceOnWire, listDevices } from '#src/credentials/trusted-devices/list.ts'
import { forgetDevice } from '#src/credentials/trusted-devices/trust.ts'
import type { ErrorCode } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { myself } from '#src/me/myself.ts'
import {
  beginMyEmailCodes,
  beginMyTotp,
  choosePasskeys,
  confirmMyEmailCodes,
  confirmMyTotp,
  recentlyProven,
  removeMyFactor,
  renewMyRecoveryCodes,
} from '#src/me/second-factors.ts'
import { newCodesPage, renewCodesPage } from '#src/pages/account/security/codes-page.ts'
import { addEmailCodesPage, addTotpPage, removeFactorPage } from '#src/pages/account/security/factor-pages.ts'
import { securityPage } from '#src/pages/account/security/security-page.ts'
import { flashMessage, seeOtherWithFlash, withoutFlash } from '#src/pages/flash.ts'
import { Typed } from '#src/pages/form.ts'
import { attempt, formErrorsOf } from '#src/pages/form-errors.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { textsFor } from '#src/pages/texts.ts'
import { clientOf } from '#src/sessions/session.ts'
import { canSendMail } from '#src/settings/settings.ts'
import type { World } from '#src/world/world.ts'

const here = '/account/security'
const maxDevices = 100

function mine(call: Call): { userId: string; sessionId: string } {
  const { userId, sessionId } = callerOf(call)
  return { userId, sessionId }
}

export const showSecurity = endpoint({
  summary: 'The page for the password, passkeys, two-step verification and trusted devices.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const { userId } = callerOf(call)
    const user = await myself(world, call)
    const newest = { userId, place: readCursor(undefined), limit: maxDevices }
    const devices = await listDevices(world, newest)
    const page = securityPage(call, {
      factors: await listFactors(world.db.query, userId),
      safety: await safetyOf(world, user),
      hasProviders: world.settings.providers.length > 0,
      now: world.clock.now(),
      isOffered: world.settings.mfa !== 'off',
      hasMail: canSendMail(world.settings) && user.emailVerifiedAt !== undefined,
      devices: devices.slice(0, maxDevices).map(deviceOnWire),
      notice: flashMessage(world, call),
    })
    return renewed(world, call, withoutFlash(world, call, page))
  },
})

export const showTotp = endpoint({
  summary: 'The page to set up an authenticator app. Needs a recent proof.',
  responses: { 200: null, 303: null },
  errors: ['not_signed_in', 'step_up_required'],
  handle: async (world: World, call) => {
    const user = await recentlyProven(world, mine(call))
    const { factors } = await listFactors(world.db.query, user.id)
    if (factors.some(({ method }) => method === 'totp')) return seeOther(here)
    const enrolment = await pendingTotp(world, { user, boundTo: callerOf(call).sessionId })
    return renewed(world, call, addTotpPage(call, { enrolment, errors: undefined }))
  },
})

export const beginTotpOnPage = endpoint({
  summary: 'Begins the setup of an authenticator app.',
  responses: { 303: null },
  errors: ['not_signed_in', 'step_up_required', 'already_enrolled', 'mfa_off'],
  handle: async (world: World, call) => {
    await beginMyTotp(world, { ...mine(call), name: undefined })
    return seeOther(`${here}/totp`)
  },
})

export const sendTotp = endpoint({
  summary: 'Turns the authenticator app on with the first code from it, and shows the recovery codes.',
  body: z.object({ code: Typed }),
  responses: { 200: null, 303: null },
  errors: ['not_signed_in', 'invalid_code', 'too_many_attempts'],
  handle: async (world: World, call) => {
    const { code } = call.body
    const result = await attempt(() => confirmMyTotp(world, { ...mine(call), code, by: byCallerOf(call) }))
    if (result.kind === 'done') {
      const { recoveryCodes } = result.value
      return recoveryCodes ? newCodesPage(call, recoveryCodes) : seeOtherWithFlash(world, here, 'totp_added')
    }
    const user = await recentlyProven(world, mine(call))
    const enrolment = await pendingTotp(world, { user, boundTo: callerOf(call).sessionId })
    const errors = formErrorsOf(textsFor(call.language), result.error, { invalid_code: 'code' })
    return enrolment ? addTotpPage(call, { enrolment, errors }) : seeOther(`${here}/totp`)
  },
})

export const choosePasskeysOnPage = endpoint({
  summary: 'Makes a passkey the second factor, and shows the recovery codes.',
  responses: { 200: null, 303: null },
  errors: ['not_signed_in', 'step_up_required', 'no_passkey', 'already_enrolled', 'mfa_off'],
  handle: async (world: World, call) =>
    afterAdding(world, call, await choosePasskeys(world, { ...mine(call), by: byCallerOf(call) })),
})

export const showEmailCodes = endpoint({
  summary: 'The page to turn on codes by mail as a second factor. Needs a recent proof.',
  query: z.object({ sent: z.unknown().optional() }),
  responses: { 200: null },
  errors: ['not_signed_in', 'step_up_required'],
  handle: async (world: World, call) => {
    await recentlyProven(world, mine(call))
    const isSent = call.query.sent !== undefined
    const page = addEmailCodesPage(call, { isSent, notice: flashMessage(world, call), errors: undefined })
    return renewed(world, call, withoutFlash(world, call, page))
  },
})

const unavailable: ReadonlySet<ErrorCode> = new Set(['mfa_off', 'email_not_verified', 'no_mail'])

export const sendEmailCodesMessage = endpoint({
  summary: 'Sends the code that turns on codes by mail.',
  responses: { 303: null },
  errors: ['not_signed_in', 'step_up_required', 'too_many_requests'],
  handle: async (world: World, call) => {
    const request = { ...mine(call), language: call.language }
    const result = await attempt(() => beginMyEmailCodes(world, request))
    if (result.kind === 'done') return seeOtherWithFlash(world, `${here}/email_code?sent=1`, 'message_sent')
    // The security page offers it only if it is possible.
    if (unavailable.has(result.error.code)) return seeOther(here)
    const errors = formErrorsOf(textsFor(call.language), result.error)
    return addEmailCodesPage(call, { isSent: false, notice: undefined, errors })
  },
})

export const sendEmailCodes = endpoint({
  summary: 'Turns on codes by mail with the code from the email, and shows the recovery codes.',
  body: z.object({ code: Typed }),
  responses: { 200: null, 303: null },
  errors: ['not_signed_in', 'step_up_required', 'mfa_off', 'invalid_code', 'too_many_attempts'],
  handle: async (world: World, call) => {
    const confirmation = { code: call.body.code, client: clientOf(call), by: byCallerOf(call) }
    const result = await attempt(() => confirmMyEmailCodes(world, { ...mine(call), ...confirmation }))
    if (result.kind === 'done') return afterAdding(world, call, result.value)
    const errors = formErrorsOf(textsFor(call.language), result.error, { invalid_code: 'code' })
    return addEmailCodesPage(call, { isSent: true, notice: undefined, errors })
  },
})

function afterAdding(world: World, call: Call, { recoveryCodes }: Confirmed): Answer {
  return recoveryCodes ? newCodesPage(call, recoveryCodes) : seeOtherWithFlash(world, here, 'factor_added')
}

export const showRemoveFactor = endpoint({
  summary: 'The page to remove a second factor. Needs a recent proof.',
  responses: { 200: null },
  errors: ['not_signed_in', 'step_up_required', 'not_found'],
  handle: async (world: World, call) => {
    const { id } = await recentlyProven(world, mine(call))
    const { factors } = await listFactors(world.db.query, id)
    const factor = factors.find(({ method }) => method === call.params.factor)
    if (!factor) throw new AppError('not_found')
    const page = removeFactorPage(call, { method: factor.method, isLast: factors.length === 1 })
    return renewed(world, call, page)
  },
})

export const sendRemoveFactor = endpoint({
  summary: 'Removes a second factor.',
  responses: { 303: null },
  errors: ['not_signed_in', 'step_up_required', 'not_found'],
  handle: async (world: World, call) => {
    const id = call.params.factor ?? ''
    await removeMyFactor(world, { ...mine(call), id, by: byCallerOf(call) })
    return seeOtherWithFlash(world, here, id === 'totp' ? 'totp_removed' : 'factor_removed')
  },
})

export const showRecoveryCodes = endpoint({
  summary: 'The page to create new recovery codes. Needs a recent proof.',
  responses: { 200: null },
  errors: ['not_signed_in', 'step_up_required'],
  handle: async (world: World, call) => {
    const { id } = await recentlyProven(world, mine(call))
    const { recoveryCodesLeft } = await listFactors(world.db.query, id)
    return renewed(world, call, renewCodesPage(call, { left: recoveryCodesLeft }))
  },
})

export const sendRecoveryCodes = endpoint({
  summary: 'Creates new recovery codes, and shows them once.',
  responses: { 200: null },
  errors: ['not_signed_in', 'step_up_required', 'no_second_factor'],
  handle: async (world: World, call) =>
    newCodesPage(call, await renewMyRecoveryCodes(world, { ...mine(call), by: byCallerOf(call) })),
})

export const forgetDeviceOnPage = endpoint({
  summary: 'Stops trusting a device.',
  responses: { 303: null },
  errors: ['not_signed_in', 'not_found'],
  handle: async (world: World, call) => {
    const { userId } = callerOf(call)
    const id = call.params.id ?? ''
    if (!(await forgetDevice(world, { userId, id, by: byCallerOf(call) }))) throw new AppError('not_found')
    return seeOtherWithFlash(world, here, 'device_forgotten')
  },
})
