import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { seeOther } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { giveConsent, pendingConsent, refuseConsent } from '#src/oidc/interaction.ts'
import { consentPage } from '#src/pages/consent/consent-page.ts'
import { Typed } from '#src/pages/form.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export const showConsent = endpoint({
  summary: 'Asks whether an app may use the account.',
  responses: { 200: null },
  errors: ['not_signed_in', 'not_found'],
  handle: async (world: World, call) => {
    const { userId } = callerOf(call)
    const uid = call.params.uid ?? ''
    const pending = await pendingConsent(world, { uid, userId })
    const user = await findUser(world.db.query, userId)
    if (!user) throw new AppError('not_signed_in')
    return consentPage(call, { action: `/consent/${uid}`, email: user.email, pending })
  },
})

export const sendConsent = endpoint({
  summary: 'Records whether the user consents, and continues.',
  body: z.object({ decision: Typed }),
  responses: { 303: null },
  errors: ['not_signed_in', 'not_found'],
  handle: async (world: World, call) => {
    const decided = { uid: call.params.uid ?? '', userId: callerOf(call).userId, by: byCallerOf(call) }
    const isAgreed = call.body.decision === 'allow'
    return seeOther(await (isAgreed ? giveConsent : refuseConsent)(world, decided))
  },
})
