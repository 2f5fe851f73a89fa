import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { historyList, type SignInShown } from '#src/pages/account/history-list.ts'
import { type SessionShown, sessionsList } from '#src/pages/account/sessions-list.ts'
import { notice } from '#src/pages/form.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
import type { User } from '#src/users/user.ts'

type Shown = {
  readonly user: User
  readonly sessions: readonly SessionShown[]
  /** More than are shown. */
  readonly hasMore: boolean
  readonly latest: readonly SignInShown[]
  readonly said: string | undefined
}

/** Who I am, where I am signed in, what was tried lately. */
export function overviewPage(call: Call, { user, sessions, hasMore, latest, said }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`${notice(said)}
${identity(texts, user)}
${sessionsList(texts, sessions, hasMore)}
<section class="sheet">
<h2>${texts.say('recent')}</h2>
${historyList(texts, latest)}
<p><a href="/account/history">${texts.say('whole_history')}</a></p>
</section>`
  return accountPage(call, { place: '/account', title: texts.say('account_title'), content })
}

function identity(texts: Texts, user: User): Html {
  const none = html`<span class="muted">${texts.say('not_given')}</span>`
  const isProven = user.emailVerifiedAt !== undefined
  const proof = texts.say(isProven ? 'email_proven' : 'email_unproven')
  return html`<section class="sheet">
<h1>${user.fullName ?? user.username ?? user.email}</h1>
<dl class="facts">
<div><dt>${texts.say('email')}</dt><dd>${user.email} <span class="muted">${proof}</span></dd></div>
<div><dt>${texts.say('username')}</dt><dd>${user.username ?? none}</dd></div>
<div><dt>${texts.say('full_name')}</dt><dd>${user.fullName ?? none}</dd></div>
<div><dt>${texts.say('roles')}</dt><dd>${user.roles.join(', ')}</dd></div>
<div><dt>${texts.say('member_since')}</dt><dd>${texts.day(user.createdAt)}</dd></div>
</dl>
<p class="buttons"><a class="button" href="/account/profile">${texts.say('change_names')}</a>
<a class="button" href="/account/password">${texts.say('change_password')}</a></p>
</section>`
}
