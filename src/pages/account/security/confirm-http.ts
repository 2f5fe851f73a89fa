import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { myself } from '#src/me/myself.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { codeField, otherMethod, recoveryCodeField } from '#src/pages/account/security/enrolment.ts'
import { form, submit, Typed, TypedPassword } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { safeNext } from '#src/pages/next.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { providerButtons } from '#src/pages/sign-in/provider-buttons.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
import { stepUpMethods } from '#src/sessions/recent-proof.ts'
import { clientOf } from '#src/sessions/session.ts'
import { stepUp } from '#src/sign-in/step-up.ts'
import { pageCookies } from '#src/tokens/page-cookie.ts'
import { accessCookie } from '#src/tokens/pair-answer.ts'
import type { FactorKind } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** The methods that this page has a field for. */
const methods = ['totp', 'password', 'recovery_code'] as const
type Method = (typeof methods)[number]

type Shown = {
  readonly user: User
  readonly settings: World['settings']
  readonly available: readonly Method[]
  readonly requested: unknown
  readonly next: string | undefined
}

export const showConfirm = endpoint({
  summary: 'Asks for a recent proof and continues to `next`.',
  query: z.object({ next: z.unknown().optional(), method: z.unknown().optional() }),
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.query.next)
    const user = await myself(world, call)
    return renewed(
      world,
      call,
      confirmPage(call, { ...toProve(world, user), requested: call.query.method, next }, undefined),
    )
  },
})

export const sendConfirm = endpoint({
  summary: 'Checks the proof and continues to `next`.',
  body: z.object({ method: Typed, password: TypedPassword, code: Typed, next: Typed }),
  responses: { 303: null },
  errors: [
    'not_signed_in',
    'wrong_password',
    'invalid_code',
    'too_many_attempts',
    'too_many_requests',
    'busy',
  ],
  handle: async (world: World, call): Promise<Answer> => {
    const { password, code } = call.body
    const { userId, sessionId } = callerOf(call)
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const user = await myself(world, call)
    const shown = { ...toProve(world, user), requested: call.body.method, next }
    const method = chosen(shown)
    if (!method) return confirmPage(call, shown, undefined)
    const presented = { password, code }
    const proof = { userId, sessionId, method, presented, client: clientOf(call), by: byCallerOf(call) }
    const result = await attempt(() => stepUp(world, proof))
    if (result.kind === 'done') {
      return withCookies(seeOther(next ?? '/account/security'), [
        accessCookie(world, result.value.pair),
        ...pageCookies(world, result.value),
      ])
    }
    const places = { wrong_password: 'password', invalid_code: 'code' }
    const errors = formErrorsOf(textsFor(call.language), result.error, places)
    return confirmPage(call, shown, errors)
  },
})

function toProve({ settings }: World, user: User): Pick<Shown, 'user' | 'settings' | 'available'> {
  const available: readonly FactorKind[] = stepUpMethods(settings, user)
  return { user, settings, available: methods.filter((method) => available.includes(method)) }
}

function chosen({ available, requested }: Shown): Method | undefined {
  return available.find((method) => method === requested) ?? available[0]
}

function confirmPage(call: Call, shown: Shown, errors: FormErrors | undefined): Answer {
  const texts = textsFor(call.language)
  const method = chosen(shown)
  const { next, user, settings } = shown
  const fields = method
    ? form(texts, {
        action: '/account/confirm',
        errors,
        hidden: { next, method },
        login: user.email,
        fields: [fieldOf(texts, method)],
        button: submit(texts.get('confirm_button')),
        after: html`<a href="/account">${texts.get('cancel')}</a>`,
      })
    : html`<p>${texts.get('confirm_impossible')}</p>${providerButtons(texts, settings, next)}`
  const content = html`<section class="sheet slim">
<h1>${texts.get('confirm_title')}</h1>
<p class="lead">${texts.get('confirm_lead')}</p>
${fields}
${method && otherMethodLink(texts, method, shown)}
</section>`
  return accountPage(call, { place: undefined, title: texts.get('confirm_title'), content, errors })
}

function otherMethodLink(texts: Texts, method: Method, { available, next }: Shown) {
  const other = method === 'totp' ? 'recovery_code' : 'totp'
  if (!available.includes(other)) return undefined
  const query = new URLSearchParams({ method: other, ...(next === undefined ? {} : { next }) })
  const label = otherMethod(texts, other)
  return html`<p class="aside"><a href="/account/confirm?${String(query)}">${label}</a></p>`
}

function fieldOf(texts: Texts, method: Method) {
  if (method === 'totp') return codeField(texts.get('totp_code'), texts.get('totp_code_hint'))
  if (method === 'recovery_code') return recoveryCodeField(texts.get('recovery_code'))
  return {
    name: 'password',
    label: texts.get('password'),
    type: 'password',
    autocomplete: 'current-password',
    first: true,
  } as const
}
