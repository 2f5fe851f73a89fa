import { z } from 'zod'
import { listFactors } from '#src/accounts/list-factors.ts'
import { safetyOf } from '#src/accounts/safety.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { pendingTotp } from '#src/credentials/totp/enrol.ts'
import { deviceOnWire, listDevices } from '#src/credentials/trusted-devices/list.ts'
import { forgetDevice } from '#src/credentials/trusted-devices/trust.ts'
import { AppError } from '#src/errors/errors.ts'
import { seeOther } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { myself } from '#src/me/myself.ts'
import {
  beginMyTotp,
  confirmMyTotp,
  recentlyProven,
  removeMyFactor,
  renewMyRecoveryCodes,
} from '#src/me/second-factors.ts'
import { newCodesPage, renewCodesPage } from '#src/pages/account/security/codes-page.ts'
import { securityPage } from '#src/pages/account/security/security-page.ts'
import { addTotpPage, removeTotpPage } from '#src/pages/account/security/totp-pages.ts'
import { flashMessage, seeOtherWithFlash, withoutFlash } from '#src/pages/flash.ts'
import { Typed } from '#src/pages/form.ts'
import { attempt, formErrorsOf } from '#src/pages/form-errors.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { textsFor } from '#src/pages/texts.ts'
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
    const newest = { userId, place: readCursor(undefined), limit: maxDevices }
    const devices = await listDevices(world, newest)
    const page = securityPage(call, {
      factors: await listFactors(world.db.query, userId),
      safety: await safetyOf(world, await myself(world, call)),
      hasProviders: world.settings.providers.length > 0,
      now: world.clock.now(),
      isOffered: world.settings.mfa !== 'off',
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
    if (factors.length > 0) return seeOther(here)
    const enrolment = await pendingTotp(world, { user, boundTo: callerOf(call).sessionId })
    return renewed(world, call, addTotpPage(call, { enrolment, errors: undefined }))
  },
})

export const beginTotpOnPage = endpoint({
  summary: 'Begins to set up an authenticator app.',
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

export const showRemoveTotp = endpoint({
  summary: 'The page to remove the authenticator app. Needs a recent proof.',
  responses: { 200: null },
  errors: ['not_signed_in', 'step_up_required'],
  handle: async (world: World, call) => {
    await recentlyProven(world, mine(call))
    return renewed(world, call, removeTotpPage(call))
  },
})

export const sendRemoveTotp = endpoint({
  summary: 'Removes the authenticator app.',
  responses: { 303: null },
  errors: ['not_signed_in', 'step_up_required', 'not_found'],
  handle: async (world: World, call) => {
    await removeMyFactor(world, { ...mine(call), id: 'totp', by: byCallerOf(call) })
    return seeOtherWithFlash(world, here, 'totp_removed')
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
