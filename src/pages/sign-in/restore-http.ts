import { z } from 'zod'
import { findLeaving, restore } from '#src/accounts/restore.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie, cookieName, setCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { submit, Typed } from '#src/pages/form.ts'
import { cardPage } from '#src/pages/mail/card.ts'
import { textsOf } from '#src/pages/texts.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

const path = '/restore-account'
const cookieSeconds = 10 * 60

/** A sign-in to an account that is being deleted redirects to the page that restores it. */
export function leadToRestore(world: World, { details }: AppError): Answer {
  const cookie = setCookie('restore', details.restore?.token ?? '', cookieSeconds, isSecure(world))
  return withCookies(seeOther(path), [cookie])
}

export const showRestore = endpoint({
  summary: 'Asks whether to restore an account that is being deleted. Opening it changes nothing.',
  query: z.object({ token: Typed }),
  responses: { 200: null },
  errors: ['invalid_link'],
  handle: async (world: World, call) => {
    const token = call.query.token || presentedToken(world, call)
    const user = await findLeaving(world, token)
    if (!user) throw new AppError('invalid_link')
    return restorePage(call, { user, token })
  },
})

export const sendRestore = endpoint({
  summary: 'Restores an account that is being deleted.',
  body: z.object({ token: Typed }),
  responses: { 303: null },
  errors: ['invalid_link', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    await restore(world, { token: call.body.token, by: byCallerOf(call) })
    const answer = seeOtherWithFlash(world, '/sign-in', 'restored')
    return withCookies(answer, [clearCookie('restore', isSecure(world))])
  },
})

function presentedToken(world: World, { cookies }: Call): string {
  return cookies.get(cookieName('restore', isSecure(world))) ?? ''
}

function restorePage(call: Call, { user, token }: { user: User; token: string }): Answer {
  const texts = textsOf(call)
  const { email, deletesAt = 0 } = user
  return cardPage(call, {
    title: texts.get('restore_title'),
    lead: texts.get('restore_lead', { email, time: texts.moment(deletesAt) }),
    form: {
      action: path,
      errors: undefined,
      hidden: { token },
      fields: [],
      button: submit(texts.get('restore_button')),
    },
  })
}
