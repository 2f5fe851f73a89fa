import type { ListedSession } from '#src/administration/all-sessions.sql.ts'
import { type SessionAge, type SessionFilters, sessionAges } from '#src/administration/all-sessions.ts'
import { type Html, html } from '#src/http/html.ts'
import { deviceCell } from '#src/pages/account/devices.ts'
import { badge } from '#src/pages/components/badge.ts'
import { choices } from '#src/pages/components/choices.ts'
import { emptyState } from '#src/pages/components/empty-state.ts'
import { pagination, withQuery } from '#src/pages/components/pagination.ts'
import { searchForm } from '#src/pages/components/search-form.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { pickColumn } from '#src/pages/console/chosen.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import { sessionOnWire } from '#src/sessions/on-wire.ts'

type Shown = {
  readonly sessions: readonly ListedSession[]
  readonly ownId: string
  readonly filters: SessionFilters
  readonly mayChange: boolean
  readonly isFirst: boolean
  readonly nextCursor: string | null
  readonly now: Instant
}

const endPath = '/admin/sessions/end'

export function sessionsContent(texts: Texts, shown: Shown): Html {
  const { sessions, filters, isFirst, nextCursor } = shown
  const download = (type: string) => withQuery(`/admin/sessions.${type}`, filters)
  return html`<div class="head"><h1>${texts.get('sessions_page')}</h1>
<div>${texts.get('download')} <a href="${download('csv')}" download>CSV</a> ·
<a href="${download('jsonl')}" download>JSON Lines</a></div></div>
${searchForm(texts, { path: '/admin/sessions', label: texts.get('search_sessions'), filters })}
<div class="filters">${ageChoices(texts, filters)}</div>
<section class="sheet">
${sessions.length === 0 ? emptyState(texts.get('no_session_matches')) : list(texts, shown)}
${pagination(texts, { path: withQuery('/admin/sessions', filters), isFirst, nextCursor })}
</section>`
}

function ageChoices(texts: Texts, { q, started }: SessionFilters): Html {
  const ages = [undefined, ...(Object.keys(sessionAges) as SessionAge[])]
  const all = ages.map((age) => ({
    path: withQuery('/admin/sessions', { q, started: age }),
    label: texts.get(age === undefined ? 'started_any' : `started_${age}`),
    isCurrent: age === started,
  }))
  return choices(texts.get('signed_in_at'), all)
}

function list(texts: Texts, { sessions, ownId, filters, mayChange, now }: Shown): Html {
  const pick = pickColumn<ListedSession>(texts, {
    idOf: ({ id }) => id,
    nameOf: ({ email, client }) => `${email}, ${client.address}`,
  })
  const end: Column<ListedSession> = {
    label: texts.get('action'),
    part: 'action',
    cell: (session) =>
      session.id === ownId ? badge('neutral', texts.get('this_session')) : endLink(texts, session),
  }
  const columns = sessionColumns(texts, now)
  if (!mayChange) return table(texts.get('sessions_page'), columns, sessions)
  const all = withQuery(endPath, { all: 'yes', ...filters })
  return html`<form action="${endPath}">
${table(texts.get('sessions_page'), [pick, ...columns, end], sessions)}
<div class="buttons bulk"><button>${texts.get('end_chosen')}</button>
<a href="${all}">${texts.get('end_matching')}</a></div></form>`
}

export function sessionColumns(texts: Texts, now: Instant): Column<ListedSession>[] {
  return [
    {
      label: texts.get('user'),
      part: 'headline',
      cell: ({ userId, email }) => html`<a href="/admin/users/${userId}">${email}</a>`,
    },
    { label: texts.get('device'), cell: (session) => deviceCell(texts, sessionOnWire(session, undefined)) },
    {
      label: texts.get('ip_address'),
      cell: ({ client: { address } }) =>
        html`<a class="address" href="${withQuery('/admin/sessions', { q: address })}">${address}</a>`,
    },
    {
      label: texts.get('signed_in_at'),
      part: 'detail',
      cell: ({ createdAt }) => timeAgo(texts, createdAt, now),
    },
    { label: texts.get('last_used_at'), cell: ({ rotatedAt }) => timeAgo(texts, rotatedAt, now) },
  ]
}

/** The links look the same, so for screen readers each names the session that it ends. */
function endLink(texts: Texts, { id, client, createdAt }: ListedSession): Html {
  const values = { address: client.address, time: texts.moment(createdAt) }
  const label = texts.get('end_session_from', values)
  const path = withQuery(endPath, { id })
  return html`<a class="button small" href="${path}" aria-label="${label}">${texts.get('end_session')}</a>`
}
