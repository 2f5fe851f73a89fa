import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { codeOfLink } from '#src/credentials/email-codes/digits.ts'
import { matchLink } from '#src/credentials/email-codes/match.ts'
import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie, cookieName, setCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { submit, Typed } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { cardPage } from '#src/pages/mail/card.ts'
import { withEmail } from '#src/pages/mail/email-query.ts'
import { codeField, emailField } from '#src/pages/mail/fields.ts'
import { safeNext } from '#src/pages/next.ts'
import { canPasskeyField } from '#src/pages/passkey-form.ts'
import { proceedOnPage } from '#src/pages/sign-in/enter.ts'
import { textsFor } from '#src/pages/texts.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { clientOf } from '#src/sessions/session.ts'
import { signInByCode, signInByLink } from '#src/sign-in/code-sign-in.ts'
import { presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import { requestMessage } from '#src/sign-in/request-message.ts'
import { presentedTrustedDevice } from '#src/sign-in/trusted-device.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

/** The lifetime of a code: after it the link does not work anyway. */
const browserSeconds = 10 * 60

type Shown = {
  readonly email: string
  readonly next: string | undefined
  readonly errors: FormErrors | undefined
}

export const showCode = endpoint({
  summary: 'Asks for the email of a user who wants to sign in with a code.',
  query: z.object({ next: z.unknown().optional() }),
  responses: { 200: null },
  errors: [],
  handle: (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.query.next)
    return requestPage(call, { email: '', next, errors: undefined })
  },
})

export const sendCodeRequest = endpoint({
  summary: 'Sends a code and a link for this browser only. The response is the same for any address.',
  body: z.object({ email: Typed, next: Typed }),
  responses: { 303: null },
  errors: ['no_mail', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    const { email } = call.body
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const browser = randomId(world.random)
    const request = {
      purpose: 'sign_in',
      email,
      language: call.language,
      browserHash: hashOf(browser),
    } as const
    const result = await attempt(() => requestMessage(world, request))
    if (result.kind === 'failed') {
      const errors = formErrorsOf(textsFor(call.language), result.error)
      return requestPage(call, { email, next, errors })
    }
    const cookie = setCookie('codeBrowser', browser, browserSeconds, isSecure(world))
    return withCookies(seeOther(withEmail('/sign-in/code/enter', email, next)), [cookie])
  },
})

export const showCodeEntry = endpoint({
  summary: 'Asks for the code of an email.',
  query: z.object({ email: Typed, next: z.unknown().optional() }),
  responses: { 200: null },
  errors: [],
  handle: (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.query.next)
    return entryPage(call, { email: call.query.email, next, errors: undefined })
  },
})

export const sendCodeEntry = endpoint({
  summary: 'Signs in with a code and opens a page session.',
  body: z.object({ email: Typed, code: Typed, can_passkey: Typed, next: Typed }),
  responses: { 303: null },
  errors: ['invalid_code', 'too_many_attempts', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { email, code } = call.body
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const result = await attempt(() => signInByCode(world, { ...surroundingsOf(world, call), email, code }))
    if (result.kind === 'done') {
      const canOffer = call.body.can_passkey === 'yes'
      return proceedOnPage(world, call, { result: result.value, next, canOffer, method: 'email_code' })
    }
    const errors = formErrorsOf(textsFor(call.language), result.error, { invalid_code: 'code' })
    return entryPage(call, { email, next, errors })
  },
})

export const showLink = endpoint({
  summary: 'Asks to continue with the link of an email; in another browser, shows its code.',
  query: z.object({ token: Typed }),
  responses: { 200: null },
  errors: ['invalid_link'],
  handle: async (world: World, call) => {
    const { token } = call.query
    const texts = textsFor(call.language)
    const matched = await matchLink(world, { purpose: 'sign_in', token })
    const browser = presentedBrowser(world, call)
    const isSame = browser !== undefined && matched?.code.browserHash === hashOf(browser)
    const code = matched && !isSame ? codeOfLink(world.keys, token) : undefined
    if (code === undefined) return linkPage(call, { token, errors: undefined })
    return cardPage(call, {
      title: texts.get('link_elsewhere_title'),
      lead: texts.get('link_elsewhere_lead'),
      aside: html`<p><code>${code}</code></p>`,
    })
  },
})

export const sendLink = endpoint({
  summary: 'Signs in with the link of an email, in the browser that requested it.',
  body: z.object({ token: Typed, can_passkey: Typed }),
  responses: { 303: null },
  errors: ['invalid_link', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { token } = call.body
    const browser = presentedBrowser(world, call)
    const result = await attempt(() =>
      signInByLink(world, { ...surroundingsOf(world, call), token, browser }),
    )
    if (result.kind === 'failed')
      return linkPage(call, { token, errors: formErrorsOf(textsFor(call.language), result.error) })
    const answer = await proceedOnPage(world, call, {
      result: result.value,
      next: undefined,
      canOffer: call.body.can_passkey === 'yes',
      method: 'email_code',
    })
    return withCookies(answer, [clearCookie('codeBrowser', isSecure(world))])
  },
})

function presentedBrowser(world: World, { cookies }: Call): string | undefined {
  return cookies.get(cookieName('codeBrowser', isSecure(world)))
}

function surroundingsOf(world: World, call: Call) {
  const knownBrowser = presentedKnownBrowser(world, call)
  const trustedDevice = presentedTrustedDevice(world, call)
  return { client: clientOf(call), forPages: true, knownBrowser, trustedDevice, by: byCallerOf(call) }
}

function requestPage(call: Call, { email, next, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  return cardPage(call, {
    title: texts.get('code_title'),
    lead: texts.get('code_lead'),
    form: {
      action: '/sign-in/code',
      errors,
      hidden: { next },
      fields: [emailField(texts, email)],
      button: submit(texts.get('send_code')),
    },
  })
}

function entryPage(call: Call, { email, next, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  return cardPage(call, {
    title: texts.get('code_enter_title'),
    lead: texts.get('code_enter_lead'),
    form: {
      action: '/sign-in/code/enter',
      errors,
      hidden: { next },
      fields: [emailField(texts, email), codeField(texts)],
      extra: canPasskeyField,
      button: submit(texts.get('sign_in')),
    },
    scripts: [passkeyScript],
  })
}

function linkPage(call: Call, { token, errors }: { token: string; errors: FormErrors | undefined }): Answer {
  const texts = textsFor(call.language)
  return cardPage(call, {
    title: texts.get('link_title'),
    lead: texts.get('link_lead'),
    form: {
      action: '/sign-in/link',
      errors,
      hidden: { token },
      fields: [],
      extra: canPasskeyField,
      button: submit(texts.get('sign_in')),
    },
    scripts: [passkeyScript],
  })
}
