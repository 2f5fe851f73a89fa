import { type EventName, events as eventNames } from '#src/audit/events.ts'
import type { ShownEvent } from '#src/audit/list-audit.ts'
import { eventOnWire } from '#src/audit/on-wire.ts'
import { type Child, type Html, html } from '#src/http/html.ts'
import { badge } from '#src/pages/components/badge.ts'
import { codeBlock } from '#src/pages/components/code-block.ts'
import { emptyState } from '#src/pages/components/empty-state.ts'
import { pagination, withQuery } from '#src/pages/components/pagination.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { actorCell, eventsTable, targetCell } from '#src/pages/console/events-table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'

type AuditFilters = {
  readonly event: EventName | undefined
  readonly actor: string | undefined
  readonly target: string | undefined
}

type Shown = {
  readonly events: readonly ShownEvent[]
  readonly emails: ReadonlyMap<string, string>
  readonly filters: AuditFilters
  readonly isFirst: boolean
  readonly nextCursor: string | null
  readonly now: Instant
}

export function auditContent(texts: Texts, shown: Shown): Html {
  const { events, emails, filters, isFirst, nextCursor, now } = shown
  const path = withQuery('/admin/audit', filters)
  return html`<div class="head"><h1>${texts.get('audit')}</h1>
<div>${texts.get('download')}
<a href="${withQuery('/admin/audit.csv', filters)}" download>CSV</a> ·
<a href="${withQuery('/admin/audit.jsonl', filters)}" download>JSON Lines</a></div></div>
${filterForm(texts, filters)}
<section class="sheet">
${events.length === 0 ? emptyState(texts.get('no_events')) : eventsTable(texts, events, { emails, now })}
${pagination(texts, { path, isFirst, nextCursor })}
</section>`
}

function filterForm(texts: Texts, { event, actor, target }: AuditFilters): Html {
  const options = Object.keys(eventNames).map(
    (name) => html`<option${name === event && html` selected`}>${name}</option>`,
  )
  const field = (name: 'actor' | 'target', value = '') =>
    html`<div><label for="${name}">${texts.get(`${name}_id`)}</label>
<input id="${name}" name="${name}" value="${value}" autocomplete="off" spellcheck="false"></div>`
  return html`<form class="sheet filter-fields" action="/admin/audit" role="search">
<div><label for="event">${texts.get('event')}</label>
<select id="event" name="event"><option value="">${texts.get('event_any')}</option>${options}</select></div>
${field('actor', actor)}${field('target', target)}
<button>${texts.get('filter')}</button></form>`
}

type One = Pick<Shown, 'emails' | 'now'> & { readonly event: ShownEvent }

export function eventContent(texts: Texts, { event, emails, now }: One): Html {
  const isSealed = event.place !== undefined
  const facts: readonly (readonly [string, Child])[] = [
    [texts.get('time'), html`${texts.moment(event.at)} (${timeAgo(texts, event.at, now)})`],
    [texts.get('actor'), actorCell(texts, event, emails)],
    [texts.get('target'), targetCell(texts, event, emails)],
    [texts.get('ip_address'), event.address ?? '–'],
    [texts.get('request_id'), event.requestId ? html`<code>${event.requestId}</code>` : '–'],
    [texts.get('event_number'), event.place?.seq ?? '–'],
  ]
  return html`<p><a href="/admin/audit">${texts.get('all_events')}</a></p>
<section class="sheet"><div class="head"><h1><code>${event.event}</code></h1>
${badge(isSealed ? 'good' : 'neutral', texts.get(isSealed ? 'sealed' : 'not_sealed'))}</div>
<p class="lead" lang="en">${eventNames[event.event]}</p>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<h2>JSON</h2>
${codeBlock('JSON', JSON.stringify({ id: event.id, ...eventOnWire(event) }, undefined, 2))}
</section>`
}
