import { z } from 'zod'
import { removePasskey } from '#src/accounts/remove-passkey.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { enrolPasskey } from '#src/credentials/passkeys/enrol.ts'
import { passkeyOnWire } from '#src/credentials/passkeys/on-wire.ts'
import { creationOptions } from '#src/credentials/passkeys/options.ts'
import { passkeyOf, passkeysOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import { renamePasskey } from '#src/credentials/passkeys/rename.ts'
import { CreationOptions, RegistrationResponse } from '#src/credentials/passkeys/schemas.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, json, seeOther, withCookies } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { setCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { myself } from '#src/me/myself.ts'
import { passkeyOfferPage } from '#src/pages/account/passkey-offer.ts'
import { passkeysPage, removePasskeyPage } from '#src/pages/account/passkeys-page.ts'
import { flashMessage, seeOtherWithFlash, withoutFlash } from '#src/pages/flash.ts'
import { Typed } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { safeNext, withNext } from '#src/pages/next.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { PasskeyResponse, passkeyResponseIn } from '#src/pages/passkey-form.ts'
import { passkeySignal } from '#src/pages/passkey-signal.ts'
import { textsFor } from '#src/pages/texts.ts'
import { hasRecentProof } from '#src/sessions/recent-proof.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

const path = '/account/passkeys'

export const showPasskeys = endpoint({
  summary: 'The passkeys of the user.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) =>
    renewed(world, call, withoutFlash(world, call, await page(world, call, undefined))),
})

async function page(world: World, call: Call, errors: FormErrors | undefined): Promise<Answer> {
  const user = await myself(world, call)
  const passkeys = await passkeysOf(world.db.query, user.id)
  return passkeysPage(call, {
    passkeys: passkeys.map(passkeyOnWire),
    canChange: await hasRecentProof(world, { user, sessionId: callerOf(call).sessionId }),
    signal: passkeySignal(world, { user, passkeys }),
    notice: flashMessage(world, call),
    errors,
  })
}

export const sendPasskeyOptions = endpoint({
  summary:
    'Returns the options for a new passkey to the script of the page, or the page for a recent proof. With ' +
    '`unasked`, for a passkey that a password manager adds automatically.',
  query: z.object({ unasked: z.unknown().optional() }),
  responses: { 200: z.union([CreationOptions, z.object({ confirm: z.string() })]) },
  errors: ['not_signed_in', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { sessionId } = callerOf(call)
    const user = await myself(world, call)
    if (!(await hasRecentProof(world, { user, sessionId })))
      return json(200, { confirm: withNext('/account/confirm', path) })
    return json(
      200,
      await creationOptions(world, { user, sessionId, isUnasked: call.query.unasked !== undefined }),
    )
  },
})

export const sendNewPasskey = endpoint({
  summary: 'Adds a passkey on the page.',
  body: z.object({ response: PasskeyResponse, next: Typed }),
  responses: { 303: null },
  errors: ['not_signed_in', 'passkey_rejected', 'too_many_passkeys', 'too_many_requests'],
  handle: (world: World, call) =>
    changing(world, call, async () => {
      const parsed = RegistrationResponse.safeParse(passkeyResponseIn(call.body.response))
      if (!parsed.success) throw new AppError('passkey_rejected')
      const { sessionId } = callerOf(call)
      const user = await myself(world, call)
      await enrolPasskey(world, {
        user,
        sessionId,
        response: parsed.data,
        name: undefined,
        defaultName: textsFor(call.language).get('passkey_default_name'),
        by: byCallerOf(call),
      })
      const next = safeNext(world.settings.publicUrl, call.body.next)
      return seeOtherWithFlash(world, next ?? path, 'passkey_added')
    }),
})

export const sendPasskeyName = endpoint({
  summary: 'Renames a passkey on the page.',
  body: z.object({ name: Typed }),
  responses: { 303: null },
  errors: ['not_signed_in', 'not_found'],
  handle: (world: World, call) =>
    changing(world, call, async () => {
      const user = await myself(world, call)
      const id = call.params.id ?? ''
      // An empty name does not change the passkey.
      const name = call.body.name.trim().slice(0, 64).toWellFormed() || undefined
      const { sessionId } = callerOf(call)
      await renamePasskey(world, { user, sessionId, id, name, by: byCallerOf(call) })
      return seeOtherWithFlash(world, path, 'passkey_renamed')
    }),
})

export const showRemovePasskey = endpoint({
  summary: 'Asks before a passkey is removed.',
  responses: { 200: null, 303: null },
  errors: ['not_signed_in', 'not_found'],
  handle: async (world: World, call) => {
    const passkey = await ownPasskey(world, call)
    const user = await myself(world, call)
    const isProven = await hasRecentProof(world, { user, sessionId: callerOf(call).sessionId })
    if (!isProven) return seeOther(withNext('/account/confirm', call.path))
    return removePasskeyPage(call, { passkey: passkeyOnWire(passkey), errors: undefined })
  },
})

export const sendRemovePasskey = endpoint({
  summary: 'Removes a passkey on the page.',
  responses: { 303: null },
  errors: ['not_signed_in', 'not_found', 'last_sign_in_method', 'too_many_requests'],
  handle: async (world: World, call) => {
    const passkey = await ownPasskey(world, call)
    return changing(world, call, async () => {
      const user = await myself(world, call)
      const { sessionId } = callerOf(call)
      await removePasskey(world, { user, sessionId, id: passkey.id, by: byCallerOf(call) })
      return seeOtherWithFlash(world, path, 'passkey_removed')
    })
  },
})

const declinedForSeconds = 30 * 24 * 60 * 60

export const showPasskeyOffer = endpoint({
  summary: 'Offers to add a passkey after a sign-in with a password or by mail.',
  query: z.object({ next: z.unknown().optional() }),
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.query.next)
    return renewed(world, call, passkeyOfferPage(call, next))
  },
})

export const declinePasskey = endpoint({
  summary: 'Hides the offer to add a passkey for 30 days.',
  body: z.object({ next: Typed }),
  responses: { 303: null },
  errors: ['not_signed_in'],
  handle: (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const cookie = setCookie('noPasskey', '1', declinedForSeconds, isSecure(world))
    return withCookies(seeOther(next ?? '/account'), [cookie])
  },
})

async function ownPasskey({ db }: World, call: Call) {
  const passkey = await passkeyOf(db.query, { userId: callerOf(call).userId, id: call.params.id ?? '' })
  if (!passkey) throw new AppError('not_found')
  return passkey
}

/** Runs a change. If it needs a recent proof, redirects to the page that asks for one. */
async function changing(world: World, call: Call, act: () => Promise<Answer>): Promise<Answer> {
  const result = await attempt(act).catch((error) => {
    // All forms here are on this page, so it is the page to return to.
    if (!(error instanceof AppError) || error.code !== 'step_up_required') throw error
    return { kind: 'done', value: seeOther(withNext('/account/confirm', path)) } as const
  })
  if (result.kind === 'done') return result.value
  return page(world, call, formErrorsOf(textsFor(call.language), result.error))
}
