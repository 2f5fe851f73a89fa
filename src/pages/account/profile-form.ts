import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { breakable } from '#src/pages/account/overview.ts'
import { badge } from '#src/pages/components/badge.ts'
import { setting } from '#src/pages/components/setting.ts'
import { form, noticeBox, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { type Texts, textsOf } from '#src/pages/texts.ts'
import type { User } from '#src/users/user.ts'

type Shown = {
  readonly user: User
  readonly typed: { readonly username: string; readonly full_name: string }
  readonly notice: string | undefined
  readonly errors: FormErrors | undefined
}

export function profilePage(call: Call, { user, typed, notice, errors }: Shown): Answer {
  const texts = textsOf(call)
  const content = html`${noticeBox(notice)}
<section class="sheet slim">
<h1>${texts.get('profile_title')}</h1>
<p class="lead">${texts.get('profile_lead')}</p>
${form(texts, {
  action: '/account/profile',
  errors,
  fields: fieldsOf(texts, typed),
  button: submit(texts.get('save')),
})}
</section>
<section class="sheet">${emailRow(texts, user)}${rolesRow(texts, user)}
${setting(texts.get('member_since'), '', texts.day(user.createdAt))}
</section>`
  return accountPage(call, {
    place: '/account/profile',
    title: texts.get('profile_title'),
    content,
    errors,
  })
}

function emailRow(texts: Texts, { email, emailVerifiedAt }: User) {
  const isVerified = emailVerifiedAt !== undefined
  const state = texts.get(isVerified ? 'email_verified' : 'email_unverified')
  const mark = badge(isVerified ? 'good' : 'warn', state)
  const shown = html`<span class="email">${breakable(email)}</span> ${mark}`
  const change = html`<a class="button" href="/account/email">${texts.get('change_email')}</a>`
  return setting(texts.get('email'), shown, change)
}

/** The role that every user has carries no information. */
function rolesRow(texts: Texts, { roles }: User) {
  const further = roles.filter((role) => role !== 'default_user')
  return further.length > 0 && setting(texts.get('roles'), '', further.join(', '))
}

function fieldsOf(texts: Texts, typed: Shown['typed']) {
  return [
    {
      name: 'full_name',
      label: texts.get('full_name'),
      type: 'text',
      autocomplete: 'name',
      value: typed.full_name,
      optional: true,
    },
    {
      name: 'username',
      label: texts.get('username'),
      type: 'text',
      autocomplete: 'username',
      value: typed.username,
      hint: texts.get('username_hint'),
      optional: true,
    },
  ] as const
}
