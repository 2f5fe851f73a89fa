import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { deviceIcon, deviceTitle } from '#src/pages/account/device-rows.ts'
import { deviceName } from '#src/pages/account/devices.ts'
import { badge } from '#src/pages/components/badge.ts'
import { foldedRows, type ListRow } from '#src/pages/components/list-rows.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { buttonForm, noticeBox } from '#src/pages/form.ts'
import { type Texts, textsOf } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { sessionOnWire } from '#src/sessions/on-wire.ts'

export type SessionShown = ReturnType<typeof sessionOnWire>

type Shown = {
  readonly sessions: readonly SessionShown[]
  /** Whether there are more sessions. */
  readonly hasMore: boolean
  readonly notice: string | undefined
  readonly now: Instant
}

const unfolded = 5

/** The active sessions, this device first, each with a button that ends it. */
export function devicesPage(call: Call, { sessions, hasMore, notice, now }: Shown): Answer {
  const texts = textsOf(call)
  const title = texts.get('devices_page')
  const count = sessions.length
  const content = html`${noticeBox(notice)}
<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get(hasMore ? 'sessions_many' : 'sessions_lead', { count })}</p>
${sessionRows(texts, sessions, now)}
${count > 1 && html`<div class="buttons">${endOthers(texts)}</div>`}
</section>
<section class="sheet">
<div class="setting"><div><div class="title">${texts.get('sign_out_everywhere')}</div>
<p>${texts.get('everywhere_hint')}</p></div>
<div><a class="button danger" href="/sign-out-everywhere">${texts.get('sign_out_everywhere')}</a></div></div>
</section>`
  return accountPage(call, { place: '/account/devices', title, content })
}

/** The sessions as rows of two lines. */
export function sessionRows(texts: Texts, sessions: readonly SessionShown[], now: Instant): Html {
  const ordered = [...sessions].sort((one, other) => Number(other.current) - Number(one.current))
  const rows = ordered.map((session) => rowOf(texts, session, now))
  const more = (count: number) => texts.get('show_more', { count })
  return foldedRows(texts.get('sessions'), rows, { shown: unfolded, more })
}

function rowOf(texts: Texts, session: SessionShown, now: Instant): ListRow {
  const here = session.current && html` ${badge('good', texts.get('this_device'))}`
  const active = timeAgo(texts, Date.parse(session.last_used_at), now)
  const since = timeAgo(texts, Date.parse(session.created_at), now)
  return {
    icon: deviceIcon(session),
    title: html`${deviceTitle(texts, session)}${here}`,
    meta: html`<span class="address">${session.ip}</span> · ${texts.get('active')} ${active}
<span class="detail"> · ${texts.get('signed_in')} ${since}</span>`,
    action: session.current ? undefined : endButton(texts, session),
  }
}

function endOthers(texts: Texts): Html {
  return buttonForm('/account/sessions/end-others', html`<button>${texts.get('end_others')}</button>`)
}

/** The buttons look the same, so for screen readers each names the session that it ends. */
function endButton(texts: Texts, session: SessionShown): Html {
  const time = texts.moment(Date.parse(session.created_at))
  const label = texts.get('end_session_of', { device: deviceName(texts, session), time })
  const button = html`<button class="small" aria-label="${label}">${texts.get('end_session')}</button>`
  return buttonForm(`/account/sessions/${session.id}/end`, button)
}
