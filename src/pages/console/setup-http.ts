import { z } from 'zod'
import { createFirstAdmin, isSetupOpen } from '#src/accounts/first-admin.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { text } from '#src/http/text.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { codeBlock } from '#src/pages/components/code-block.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { form, isRepeatedWrongly, RepeatedPassword, submit, Typed, TypedPassword } from '#src/pages/form.ts'
import { attempt, type FormErrors, fieldErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { answerPage } from '#src/pages/layout.ts'
import { newAccountFields } from '#src/pages/new-account-fields.ts'
import { textsOf } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

const Token = text({ min: 0, max: 100 }).default('')

export const showSetup = endpoint({
  summary: 'The form that creates the first administrator, opened by the link that `sigil dev` prints.',
  query: z.object({ token: Token }),
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { token } = call.query
    if (!(await isSetupOpen(world, token))) return closedPage(call)
    return setupPage(call, { token, email: '', errors: undefined })
  },
})

export const sendSetup = endpoint({
  summary: 'Creates the first administrator.',
  body: z.object({ token: Token, email: Typed, password: TypedPassword, repeat_password: RepeatedPassword }),
  responses: { 303: null },
  errors: ['not_found', 'already_registered', 'busy', 'too_many_requests'],
  limit: byAddress('signup'),
  handle: async (world: World, call) => {
    const { token, email, password, repeat_password } = call.body
    if (!(await isSetupOpen(world, token))) return closedPage(call)
    const by = byCallerOf(call)
    const { address } = call
    const result = await attempt(async () => {
      const wrong = fieldErrors({
        repeat_password: isRepeatedWrongly(password, repeat_password) && 'not_repeated',
      })
      if (wrong) throw wrong
      return createFirstAdmin(world, { token, email, password, address, by })
    })
    if (result.kind === 'done') return seeOtherWithFlash(world, '/sign-in?next=%2Fadmin', 'signed_up')
    const errors = formErrorsOf(textsOf(call), result.error, { already_registered: 'email' })
    return setupPage(call, { token, email, errors })
  },
})

type Shown = { readonly token: string; readonly email: string; readonly errors: FormErrors | undefined }

function setupPage(call: Call, { token, email, errors }: Shown): Answer {
  const texts = textsOf(call)
  const title = texts.get('setup_title')
  const content = html`<section class="sheet"><h1>${title}</h1>
<p class="lead">${texts.get('setup_lead')}</p>
${form(texts, {
  action: '/admin/setup',
  errors,
  hidden: { token },
  fields: newAccountFields(texts, email),
  button: submit(texts.get('create_account')),
})}</section>`
  const status = errors?.status ?? 200
  return answerPage(call, { status, title, shape: 'card', content, headers: errors?.headers ?? {} })
}

/** Unknown, used and expired links look alike. */
function closedPage(call: Call): Answer {
  const texts = textsOf(call)
  const title = texts.get('setup_closed_title')
  const command = 'sigil admin create --email you@example.org --password-stdin'
  const content = html`<section class="sheet"><h1>${title}</h1>
<p>${texts.get('setup_closed')}</p>${codeBlock(texts.get('as_command'), command)}
<p><a href="/sign-in">${texts.get('sign_in')}</a></p></section>`
  return answerPage(call, { status: new AppError('not_found').status, title, shape: 'card', content })
}
