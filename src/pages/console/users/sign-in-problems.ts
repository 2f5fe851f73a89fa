import { type Html, html } from '#src/http/html.ts'
import type { ConsoleKey } from '#src/pages/messages/console-en.ts'
import type { Texts } from '#src/pages/texts.ts'
import { canSendMail, emailVerificationOf, type Settings } from '#src/settings/settings.ts'
import { isPasswordLocked } from '#src/sign-in/begin.ts'
import type { Waits } from '#src/sign-in/waits.ts'
import type { User } from '#src/users/user.ts'

type Ways = {
  readonly user: User
  readonly connections: readonly unknown[]
  readonly recoveryCodesLeft: number
  readonly waits: Waits
}

/** A sentence; with a time if it passes by itself. */
type Problem = { readonly key: ConsoleKey; readonly againInMs?: number }

export type SignInProblems = {
  /** What keeps the user from signing in now, whatever they type. */
  readonly blocking: readonly Problem[]
  /** What a sign-in with the right password needs as well, and may fail for. */
  readonly further: readonly Problem[]
}

export function signInProblems(settings: Settings, ways: Ways): SignInProblems {
  const { user, connections, recoveryCodesLeft, waits } = ways
  const hasWay =
    user.passwordHash !== undefined || user.hasPasskey || connections.length > 0 || canSendMail(settings)
  const isUnverified = user.emailVerifiedAt === undefined && emailVerificationOf(settings) === 'required'
  const needsFactor = user.secondFactors.length > 0
  const blocking: readonly (Problem & { is: boolean })[] = [
    { key: 'blocked_disabled', is: user.state === 'disabled' },
    { key: 'blocked_deleting', is: user.deletesAt !== undefined },
    { key: 'blocked_password', is: isPasswordLocked(user) },
    { key: 'blocked_unverified', is: isUnverified },
    { key: 'blocked_no_way', is: !hasWay },
    { key: 'blocked_attempts', is: waits.passwordMs !== undefined, againInMs: waits.passwordMs ?? 0 },
    { key: 'blocked_codes', is: waits.codeMs !== undefined, againInMs: waits.codeMs ?? 0 },
  ]
  const further: readonly (Problem & { is: boolean })[] = [
    { key: 'further_new_password', is: user.passwordMustChangeAt !== undefined },
    { key: 'further_factor', is: needsFactor && recoveryCodesLeft === 0 },
    { key: 'further_factor_or_code', is: needsFactor && recoveryCodesLeft > 0 },
  ]
  return { blocking: those(blocking), further: those(further) }
}

function those(all: readonly (Problem & { is: boolean })[]): Problem[] {
  return all.filter(({ is }) => is).map(({ is: _, ...problem }) => problem)
}

export function signInProblemsBox(texts: Texts, { blocking, further }: SignInProblems): Html {
  return html`${box(texts, 'bad', blocking, 'blocked_title')}
${box(texts, 'neutral', further, 'further_title')}`
}

function box(
  texts: Texts,
  tone: 'bad' | 'neutral',
  problems: readonly Problem[],
  title: ConsoleKey,
): Html | undefined {
  if (problems.length === 0) return undefined
  const sentence = ({ key, againInMs }: Problem) =>
    againInMs === undefined ? texts.get(key) : texts.get(key, { minutes: Math.ceil(againInMs / 60_000) })
  return html`<div class="note ${tone}"><p><strong>${texts.get(title)}</strong></p>
<ul>${problems.map((problem) => html`<li>${sentence(problem)}</li>`)}</ul></div>`
}
