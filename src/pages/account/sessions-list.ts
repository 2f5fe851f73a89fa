import { type Html, html } from '#src/http/html.ts'
import { deviceCell, deviceName, momentCell } from '#src/pages/account/devices.ts'
import { buttonForm } from '#src/pages/form.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { sessionOnWire } from '#src/sessions/on-wire.ts'

export type SessionShown = ReturnType<typeof sessionOnWire>

/** The sessions of a user, each with a button that ends it. */
export function sessionsList(texts: Texts, sessions: readonly SessionShown[], hasMore: boolean): Html {
  const columns: Column<SessionShown>[] = [
    { label: texts.get('device'), part: 'headline', cell: (one) => device(texts, one) },
    { label: texts.get('ip_address'), cell: (one) => html`<span class="address">${one.ip}</span>` },
    { label: texts.get('signed_in_at'), cell: (one) => momentCell(texts, one.created_at) },
    { label: texts.get('last_used_at'), cell: (one) => momentCell(texts, one.last_used_at) },
    { label: texts.get('action'), part: 'action', cell: (one) => endButton(texts, one) },
  ]
  const list = table(texts.get('sessions'), columns, sessions, (one) => (one.current ? 'current' : ''))
  return html`<section class="sheet">
<h2>${texts.get('sessions')}</h2>
<p class="lead">${texts.get(hasMore ? 'sessions_many' : 'sessions_lead', { count: sessions.length })}</p>
${list}
<div class="buttons">
${sessions.length > 1 && endOthers(texts)}
${everywhere(texts)}
</div>
<p class="hint">${texts.get('everywhere_lead')}</p>
</section>`
}

function device(texts: Texts, session: SessionShown): Html {
  const badge = html` <strong class="badge">${texts.get('this_device')}</strong>`
  return html`${deviceCell(texts, session)}${session.current && badge}`
}

function endOthers(texts: Texts): Html {
  return buttonForm('/account/sessions/end-others', html`<button>${texts.get('end_others')}</button>`)
}

function everywhere(texts: Texts): Html {
  const button = html`<button class="danger">${texts.get('sign_out_everywhere')}</button>`
  return buttonForm('/sign-out-everywhere', button)
}

/** The buttons look the same, so for screen readers each names the session that it ends. */
function endButton(texts: Texts, session: SessionShown): Html {
  const time = texts.moment(Date.parse(session.created_at))
  const label = texts.get('end_session_of', { device: deviceName(texts, session), time })
  const button = html`<button class="small" aria-label="${label}">${texts.get('end_session')}</button>`
  return buttonForm(`/account/sessions/${session.id}/end`, button)
}
