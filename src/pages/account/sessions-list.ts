import { type Html, html } from '#src/http/html.ts'
import { deviceCell, deviceName, momentCell } from '#src/pages/account/devices.ts'
import { buttonForm } from '#src/pages/form.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { sessionOnWire } from '#src/sessions/on-wire.ts'

export type SessionShown = ReturnType<typeof sessionOnWire>

/** Where somebody is signed in, each with a button that ends it. */
export function sessionsList(texts: Texts, sessions: readonly SessionShown[], hasMore: boolean): Html {
  const columns: Column<SessionShown>[] = [
    { label: texts.say('device'), part: 'headline', cell: (one) => device(texts, one) },
    { label: texts.say('address'), cell: (one) => html`<span class="address">${one.ip}</span>` },
    { label: texts.say('signed_in_at'), cell: (one) => momentCell(texts, one.created_at) },
    { label: texts.say('last_used_at'), cell: (one) => momentCell(texts, one.last_used_at) },
    { label: texts.say('action'), part: 'action', cell: (one) => endButton(texts, one) },
  ]
  const list = table(texts.say('sessions'), columns, sessions, (one) => (one.current ? 'current' : ''))
  return html`<section class="sheet">
<h2>${texts.say('sessions')}</h2>
<p class="lead">${texts.say(hasMore ? 'sessions_many' : 'sessions_lead', { count: sessions.length })}</p>
${list}
<div class="buttons">
${sessions.length > 1 && endOthers(texts)}
${everywhere(texts)}
</div>
<p class="hint">${texts.say('everywhere_lead')}</p>
</section>`
}

function device(texts: Texts, session: SessionShown): Html {
  const badge = html` <strong class="badge">${texts.say('this_one')}</strong>`
  return html`${deviceCell(texts, session)}${session.current && badge}`
}

function endOthers(texts: Texts): Html {
  return buttonForm('/account/sessions/end-others', html`<button>${texts.say('end_others')}</button>`)
}

function everywhere(texts: Texts): Html {
  const button = html`<button class="danger">${texts.say('sign_out_everywhere')}</button>`
  return buttonForm('/sign-out-everywhere', button)
}

/** Many buttons say the same, so each also says, to those who do not see its row, which session it ends. */
function endButton(texts: Texts, session: SessionShown): Html {
  const time = texts.moment(Date.parse(session.created_at))
  const label = texts.say('end_session_of', { device: deviceName(texts, session), time })
  const button = html`<button class="small" aria-label="${label}">${texts.say('end_session')}</button>`
  return buttonForm(`/account/sessions/${session.id}/end`, button)
}
