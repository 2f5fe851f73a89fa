import type { Advice, Safety } from '#src/accounts/safety.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { activityRows, type SignInShown } from '#src/pages/account/activity-page.ts'
import { type SessionShown, sessionRows } from '#src/pages/account/devices-page.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { badge } from '#src/pages/components/badge.ts'
import { rowIcon } from '#src/pages/components/row-icons.ts'
import { setting } from '#src/pages/components/setting.ts'
import { agoText } from '#src/pages/components/time.ts'
import { noticeBox } from '#src/pages/form.ts'
import { type Texts, textsOf } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { User } from '#src/users/user.ts'

type Shown = {
  readonly user: User
  readonly safety: Safety
  readonly sessions: readonly SessionShown[]
  readonly latest: readonly SignInShown[]
  readonly notice: string | undefined
  /** An offer to add a passkey, or a signal to the browser about existing ones. */
  readonly passkeys: Html | undefined
  readonly now: Instant
}

/** The overview: profile, security of the account, sessions and latest activity. */
export function overviewPage(call: Call, shown: Shown): Answer {
  const { user, safety, sessions, latest, notice, passkeys, now } = shown
  const texts = textsOf(call)
  const content = html`${noticeBox(notice)}
${passkeys}
${identity(texts, user)}
${security(texts, { user, safety, now })}
<section class="sheet">
<div class="head"><h2>${texts.get('sessions')}</h2>
<a href="/account/devices">${texts.get('all_devices')}</a></div>
${sessionRows(texts, sessions, now)}
</section>
<section class="sheet">
<div class="head"><h2>${texts.get('recent')}</h2>
<a href="/account/history">${texts.get('whole_history')}</a></div>
${latest.length > 0 ? activityRows(texts, latest, now) : html`<p>${texts.get('history_none')}</p>`}
</section>`
  const scripts = passkeys ? { scripts: [passkeyScript] } : {}
  return accountPage(call, { place: '/account', title: texts.get('account_title'), content, ...scripts })
}

function identity(texts: Texts, user: User): Html {
  const name = user.fullName ?? user.username ?? user.email
  const isVerified = user.emailVerifiedAt !== undefined
  const state = texts.get(isVerified ? 'email_verified' : 'email_unverified')
  const email = name !== user.email && html`<span class="email">${breakable(user.email)}</span> `
  return html`<section class="sheet who">
<div class="avatar" aria-hidden="true">${initialsOf(name)}</div>
<div><h1>${name}</h1>
<p>${email}${badge(isVerified ? 'good' : 'warn', state)}</p></div>
<a class="button" href="/account/profile">${texts.get('edit_profile')}</a>
</section>`
}

/** An email may break after its `@`, but not inside a word. */
export function breakable(email: string): Html {
  const at = email.lastIndexOf('@') + 1
  return html`${email.slice(0, at)}<wbr>${email.slice(at)}`
}

function initialsOf(name: string): string {
  const words = name.split(/[\s@._-]+/u).filter((word) => /^\p{L}/u.test(word))
  const letters = (words.length > 1 && !name.includes('@') ? [words[0], words.at(-1)] : [words[0]])
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
  return letters.toUpperCase() || '?'
}

type Safe = { readonly user: User; readonly safety: Safety; readonly now: Instant }

function security(texts: Texts, { user, safety, now }: Safe): Html {
  const { advice } = safety
  const isGood = advice.length === 0
  const verdict = isGood ? texts.get('safe') : texts.get('advice_count', { count: advice.length })
  return html`<section class="sheet">
<div class="head"><h2>${texts.get('security')}</h2>
<a href="/account/security">${texts.get('all_security')}</a></div>
<p class="verdict ${isGood ? 'good' : 'warn'}">${rowIcon(isGood ? 'done' : 'warning')}${verdict}</p>
${advice.map((one) => adviceRow(texts, one, { user, failures: safety.failuresThisWeek }))}
<dl class="facts short">${safetyFacts(texts, safety, now)}</dl>
</section>`
}

const advicePaths: Readonly<Record<Exclude<Advice, 'verify_email'>, string>> = {
  add_second_factor: '/account/security',
  renew_codes: '/account/security/recovery-codes',
  check_failures: '/account/history?show=failed',
}

function adviceRow(texts: Texts, advice: Advice, { user, failures }: { user: User; failures: number }): Html {
  const sentence = texts.get(`advice_${advice}`, { count: failures })
  const label = texts.get(`do_${advice}`)
  const action =
    advice === 'verify_email'
      ? verifyForm(user, label)
      : html`<a class="button small" href="${advicePaths[advice]}">${label}</a>`
  return setting(sentence, '', action)
}

function verifyForm({ email }: User, label: string): Html {
  return html`<form method="post" action="/verify-email/send">
<input type="hidden" name="email" value="${email}">
<button class="small">${label}</button></form>`
}

/** The state of each protection of the account, in a few words. */
function safetyFacts(texts: Texts, safety: Safety, now: Instant): Html[] {
  const { hasPassword, passwordChangedAt, hasSecondFactor, passkeys, recoveryCodesLeft } = safety
  const changed = passwordChangedAt
    ? texts.get('password_changed_ago', { ago: agoText(texts, passwordChangedAt, now) })
    : texts.get('password_age_unknown')
  const facts: [string, string][] = [
    [texts.get('password'), hasPassword ? changed : texts.get('password_none')],
    [texts.get('mfa_title'), texts.get(hasSecondFactor ? 'mfa_on' : 'mfa_not_on')],
    [texts.get('passkeys'), String(passkeys)],
    ...(hasSecondFactor
      ? [[texts.get('codes_title'), texts.get('codes_left', { left: recoveryCodesLeft })] as [string, string]]
      : []),
    [texts.get('failed_this_week'), texts.number(safety.failuresThisWeek)],
  ]
  return facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)
}
