import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Child, type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { deviceIcon, deviceTitle } from '#src/pages/account/device-rows.ts'
import { badge } from '#src/pages/components/badge.ts'
import { choices } from '#src/pages/components/choices.ts'
import { emptyState } from '#src/pages/components/empty-state.ts'
import { type ListRow, listRows } from '#src/pages/components/list-rows.ts'
import { pagination, withQuery } from '#src/pages/components/pagination.ts'
import { timeAgo, timeOfDay } from '#src/pages/components/time.ts'
import { type Texts, textsOf } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { signInOnWire } from '#src/sessions/on-wire.ts'

export type SignInShown = ReturnType<typeof signInOnWire>

type Shown = {
  readonly signIns: readonly SignInShown[]
  /** Only attempts that failed. */
  readonly isFailed: boolean
  readonly isFirst: boolean
  readonly nextCursor: string | null
  readonly now: Instant
}

const path = '/account/history'
const dayMs = 24 * 60 * 60 * 1000

/** Every sign-in, including failed attempts, so that users can spot one that was not theirs. */
export function activityPage(call: Call, { signIns, isFailed, isFirst, nextCursor, now }: Shown): Answer {
  const texts = textsOf(call)
  const title = texts.get('history_title')
  const filter = [
    { path, label: texts.get('activity_all'), isCurrent: !isFailed },
    { path: `${path}?show=failed`, label: texts.get('activity_failed'), isCurrent: isFailed },
  ]
  const here = withQuery(path, { show: isFailed ? 'failed' : undefined })
  const none = emptyState(texts.get(isFailed ? 'activity_failed_none' : 'history_none'))
  const content = html`<section class="sheet">
<div class="head"><h1>${title}</h1>${choices(texts.get('activity_filter'), filter)}</div>
<p class="lead">${texts.get('history_lead')} <a href="/account/not-me">${texts.get('not_you')}</a></p>
${signIns.length === 0 ? none : activityByDay(texts, signIns, now)}
${pagination(texts, { path: here, isFirst, nextCursor })}
</section>`
  return accountPage(call, { place: path, title, content })
}

/** Under the day on which they happened, in the zone of the reader. */
function activityByDay(texts: Texts, signIns: readonly SignInShown[], now: Instant): Html {
  const days = Map.groupBy(folded(signIns), ({ at }) => texts.day(Date.parse(at)))
  const [today, yesterday] = [texts.day(now), texts.day(now - dayMs)]
  const named = (day: string) =>
    day === today ? texts.get('today') : day === yesterday ? texts.get('yesterday') : day
  const timeOn = (day: string) => (at: Instant) =>
    day === today ? timeAgo(texts, at, now) : timeOfDay(texts, at)
  return html`${[...days].map(
    ([day, own]) => html`<h2 class="day">${named(day)}</h2>${rowsOf(texts, own, timeOn(day))}`,
  )}`
}

export function activityRows(texts: Texts, signIns: readonly SignInShown[], now: Instant): Html {
  return rowsOf(texts, signIns, (at) => timeAgo(texts, at, now))
}

function rowsOf(texts: Texts, signIns: readonly SignInShown[], timeOf: (at: Instant) => Child): Html {
  return listRows(
    texts.get('history'),
    folded(signIns).map((one) => rowOf(texts, one, timeOf)),
  )
}

/** Consecutive attempts with the same result, browser and IP address are one row with their number. */
function folded(signIns: readonly SignInShown[]): SignInShown[] {
  const rows: SignInShown[] = []
  for (const one of signIns) {
    const last = rows.at(-1)
    const isSame = last !== undefined && last.outcome !== 'signed_in' && keyOf(last) === keyOf(one)
    if (isSame) rows.splice(-1, 1, { ...last, attempts: last.attempts + one.attempts })
    else rows.push(one)
  }
  return rows
}

function keyOf({ outcome, method, ip, user_agent }: SignInShown): string {
  return [outcome, method, ip, user_agent].join('\n')
}

function rowOf(texts: Texts, signIn: SignInShown, timeOf: (at: Instant) => Child): ListRow {
  const { outcome, method, attempts, ip, at } = signIn
  const isGood = outcome === 'signed_in'
  const isWrongPasskey = outcome === 'wrong_credentials' && method === 'passkey'
  const sentence = texts.get(isWrongPasskey ? 'outcome_wrong_passkey' : `outcome_${outcome}`)
  const times =
    attempts > 1 && html` ${badge(isGood ? 'neutral' : 'bad', texts.get('times', { count: attempts }))}`
  return {
    icon: deviceIcon(signIn),
    title: html`<span class="${isGood ? 'went-well' : 'went-badly'}">${sentence}</span>${times}`,
    meta: html`${timeOf(Date.parse(at))} · ${deviceTitle(texts, signIn)} ·
<span class="address">${ip}</span>`,
  }
}
