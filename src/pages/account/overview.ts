import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { historyList, type SignInShown } from '#src/pages/account/history-list.ts'
import { type SessionShown, sessionsList } from '#src/pages/account/sessions-list.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { noticeBox } from '#src/pages/form.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
import type { User } from '#src/users/user.ts'

type Shown = {
  /** Whether accounts elsewhere can be connected. */
  readonly hasProviders: boolean
  readonly user: User
  readonly sessions: readonly SessionShown[]
  /** Whether there are more than these. */
  readonly hasMore: boolean
  readonly latest: readonly SignInShown[]
  readonly notice: string | undefined
  /** An offer to add a passkey, or what the browser is told of those that exist. */
  readonly passkeys: Html | undefined
}

/** The profile, the sessions and the latest sign-ins. */
export function overviewPage(call: Call, shown: Shown): Answer {
  const { user, hasProviders, sessions, hasMore, latest, notice, passkeys } = shown
  const texts = textsFor(call.language)
  const content = html`${noticeBox(notice)}
${passkeys}
${identity(texts, user, hasProviders)}
${sessionsList(texts, sessions, hasMore)}
<section class="sheet">
<h2>${texts.get('recent')}</h2>
${historyList(texts, latest)}
<p><a href="/account/history">${texts.get('whole_history')}</a></p>
</section>`
  const scripts = passkeys ? { scripts: [passkeyScript] } : {}
  return accountPage(call, { place: '/account', title: texts.get('account_title'), content, ...scripts })
}

function identity(texts: Texts, user: User, hasProviders: boolean): Html {
  const none = html`<span class="muted">${texts.get('not_set')}</span>`
  const isVerified = user.emailVerifiedAt !== undefined
  const state = texts.get(isVerified ? 'email_verified' : 'email_unverified')
  return html`<section class="sheet">
<h1>${user.fullName ?? user.username ?? user.email}</h1>
<dl class="facts">
<div><dt>${texts.get('email')}</dt><dd>${user.email} <span class="muted">${state}</span></dd></div>
<div><dt>${texts.get('username')}</dt><dd>${user.username ?? none}</dd></div>
<div><dt>${texts.get('full_name')}</dt><dd>${user.fullName ?? none}</dd></div>
<div><dt>${texts.get('roles')}</dt><dd>${user.roles.join(', ')}</dd></div>
<div><dt>${texts.get('member_since')}</dt><dd>${texts.day(user.createdAt)}</dd></div>
</dl>
<p class="buttons"><a class="button" href="/account/profile">${texts.get('edit_profile')}</a>
<a class="button" href="/account/email">${texts.get('change_email')}</a>
<a class="button" href="/account/password">${texts.get('change_password')}</a>
${hasProviders && html`<a class="button" href="/account/connections">${texts.get('connections')}</a>`}</p>
</section>`
}
