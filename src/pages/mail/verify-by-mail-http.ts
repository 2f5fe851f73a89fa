import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { cookieName } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { flashMessage, seeOtherWithFlash, withoutFlash } from '#src/pages/flash.ts'
import { submit, Typed } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { cardPage } from '#src/pages/mail/card.ts'
import { codeField } from '#src/pages/mail/fields.ts'
import { safeNext, withNext } from '#src/pages/next.ts'
import { canPasskeyField } from '#src/pages/passkey-form.ts'
import { completeOnPage, verifyByMailPath } from '#src/pages/sign-in/enter.ts'
import { otherLinks, trustBox } from '#src/pages/sign-in/verify-page.ts'
import { textsFor } from '#src/pages/texts.ts'
import { presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import { continueSignIn, dueOf } from '#src/sign-in/prove.ts'
import { sendSecondFactorCode } from '#src/sign-in/second-factor-code.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import { type FurtherKind, furtherKinds } from '#src/users/factor.ts'
import type { World } from '#src/world/world.ts'

type Shown = {
  readonly next: string | undefined
  readonly notice: string | undefined
  readonly errors: FormErrors | undefined
}

export const showVerifyByMail = endpoint({
  summary: 'Offers a code by mail to complete a sign-in, and asks for it.',
  query: z.object({ next: z.unknown().optional() }),
  responses: { 200: null, 303: null },
  errors: [],
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.query.next)
    const notice = flashMessage(world, call)
    const page = await showDue(world, call, { next, notice, errors: undefined })
    return withoutFlash(world, call, page)
  },
})

export const sendVerifyByMailMessage = endpoint({
  summary: 'Sends the code by mail.',
  body: z.object({ next: Typed }),
  responses: { 303: null },
  errors: ['attempt_expired', 'no_mail', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const request = { mfaToken: presentedAttempt(world, call), language: call.language }
    const result = await attempt(() => sendSecondFactorCode(world, request))
    if (result.kind === 'done')
      return seeOtherWithFlash(world, withNext(verifyByMailPath, next), 'message_sent')
    const errors = formErrorsOf(textsFor(call.language), result.error)
    return showDue(world, call, { next, notice: undefined, errors })
  },
})

export const sendVerifyByMail = endpoint({
  summary: 'Completes a sign-in on the page with a code by mail.',
  body: z.object({ code: Typed, trust_device: Typed, can_passkey: Typed, next: Typed }),
  responses: { 303: null },
  errors: ['invalid_code', 'attempt_expired', 'too_many_attempts', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const step = {
      mfaToken: presentedAttempt(world, call),
      method: 'email_code',
      presented: { code: call.body.code },
      forPages: true,
      trustsDevice: call.body.trust_device === 'yes',
      knownBrowser: presentedKnownBrowser(world, call),
      by: byCallerOf(call),
    } as const
    const result = await attempt(() => continueSignIn(world, step))
    const canOffer = call.body.can_passkey === 'yes'
    if (result.kind === 'done')
      return completeOnPage(world, call, { continued: result.value, next, canOffer })
    const errors = formErrorsOf(textsFor(call.language), result.error, { invalid_code: 'code' })
    return showDue(world, call, { next, notice: undefined, errors })
  },
})

function presentedAttempt(world: World, { cookies }: Call): string {
  return cookies.get(cookieName('attempt', isSecure(world))) ?? ''
}

/** If the sign-in has expired or failed, or does not accept a code by mail, the visitor starts over. */
async function showDue(world: World, call: Call, shown: Shown): Promise<Answer> {
  const pending = await dueOf(world, presentedAttempt(world, call))
  if (!pending?.due.includes('email_code')) return seeOther(withNext('/sign-in', shown.next))
  const due = furtherKinds.filter((known) => pending.due.includes(known))
  return verifyPage(call, due, shown)
}

function verifyPage(call: Call, due: readonly FurtherKind[], { next, notice, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  const hidden = next !== undefined && html`<input type="hidden" name="next" value="${next}">`
  const others = otherLinks(texts, { due, shown: 'email_code', next })
  return cardPage(call, {
    title: texts.get('verify_by_mail_title'),
    lead: texts.get('verify_by_mail_lead'),
    notice,
    before: html`<form class="fields stacked" method="post" action="${verifyByMailPath}/send">${hidden}
<button>${texts.get('send_code')}</button></form>`,
    form: {
      action: verifyByMailPath,
      errors,
      hidden: { next },
      fields: [codeField(texts)],
      extra: html`${trustBox(texts)}${canPasskeyField}`,
      button: submit(texts.get('sign_in')),
    },
    aside: String(others) !== '' && html`<p class="aside">${others}</p>`,
    scripts: [passkeyScript],
  })
}
