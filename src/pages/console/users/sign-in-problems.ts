import { type Html, html } from '#src/http/html.ts'
import type { ConsoleKey } from '#src/pages/messages/console-en.ts'
import type { Texts } from '#src/pages/texts.ts'
import { canSendMail, emailVerificationOf, type Settings } from '#src/settings/settings.ts'
import { isPasswordLocked } from '#src/sign-in/begin.ts'
import type { User } from '#src/users/user.ts'

type Ways = { readonly user: User; readonly connections: readonly unknown[] }

/** What keeps a user from signing in now, whatever they type. */
export function signInProblems(settings: Settings, { user, connections }: Ways): ConsoleKey[] {
  const hasWay =
    user.passwordHash !== undefined || user.hasPasskey || connections.length > 0 || canSendMail(settings)
  const isUnverified = user.emailVerifiedAt === undefined && emailVerificationOf(settings) === 'required'
  const problems: readonly (readonly [ConsoleKey, boolean])[] = [
    ['blocked_disabled', user.state === 'disabled'],
    ['blocked_deleting', user.deletesAt !== undefined],
    ['blocked_password', isPasswordLocked(user)],
    ['blocked_unverified', isUnverified],
    ['blocked_no_way', !hasWay],
  ]
  return problems.filter(([, is]) => is).map(([key]) => key)
}

export function signInProblemsBox(texts: Texts, problems: readonly ConsoleKey[]): Html | undefined {
  if (problems.length === 0) return undefined
  return html`<div class="note warn"><p><strong>${texts.get('blocked_title')}</strong></p>
<ul>${problems.map((key) => html`<li>${texts.get(key)}</li>`)}</ul></div>`
}
