import { type Html, html } from '#src/http/html.ts'
import { type DeliveryState, deliveryStates, type ListedDelivery } from '#src/outbox/deliveries.sql.ts'
import { badge, type Tone } from '#src/pages/components/badge.ts'
import { choices } from '#src/pages/components/choices.ts'
import { codeBlock } from '#src/pages/components/code-block.ts'
import { emptyState } from '#src/pages/components/empty-state.ts'
import { factList } from '#src/pages/components/fact-list.ts'
import { pagination } from '#src/pages/components/pagination.ts'
import { setting } from '#src/pages/components/setting.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { buttonForm } from '#src/pages/form.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'

type Shown = {
  readonly deliveries: readonly ListedDelivery[]
  /** By the ids of users. Deleted users have none. */
  readonly emails: ReadonlyMap<string, string>
  readonly counts: Readonly<Record<DeliveryState, number>>
  readonly state: DeliveryState
  readonly isOn: boolean
  readonly isFirst: boolean
  readonly nextCursor: string | null
  readonly now: Instant
}

const tones: Readonly<Record<DeliveryState, Tone>> = { due: 'neutral', sent: 'good', dead: 'bad' }

export function mailContent(texts: Texts, shown: Shown): Html {
  const { deliveries, state, isOn, isFirst, nextCursor } = shown
  const path = `/admin/mail?state=${state}`
  const off = html`<p class="note warn">${texts.get('mail_off')}</p>`
  const test = codeBlock(texts.get('as_command'), 'sigil mail test you@example.org')
  const none = emptyState(texts.get(`no_deliveries_${state}`), state === 'sent' && test)
  return html`<div class="head"><h1>${texts.get('mail_page')}</h1></div>
${!isOn && off}
<div class="filters">${stateChoices(texts, shown)}</div>
<section class="sheet">
${deliveries.length === 0 ? none : list(texts, shown)}
${pagination(texts, { path, isFirst, nextCursor })}
</section>`
}

function stateChoices(texts: Texts, { counts, state }: Shown): Html {
  const all = deliveryStates.map((one) => ({
    path: `/admin/mail?state=${one}`,
    label: `${texts.get(`delivery_${one}`)} ${texts.number(counts[one])}`,
    isCurrent: one === state,
  }))
  return choices(texts.get('state'), all)
}

function list(texts: Texts, { deliveries, emails, now }: Shown): Html {
  const columns: Column<ListedDelivery>[] = [
    {
      label: texts.get('mail_message'),
      part: 'headline',
      cell: ({ id, lastError }) =>
        html`<a href="/admin/mail/${id}">${texts.get('mail_to_user')}</a>${
          lastError !== undefined && html`<span class="claim">${lastError}</span>`
        }`,
    },
    { label: texts.get('user'), cell: ({ recipient }) => recipientLink(texts, recipient, emails) },
    { label: texts.get('attempts'), part: 'number', cell: ({ attempts }) => texts.number(attempts) },
    { label: texts.get('created'), cell: ({ createdAt }) => timeAgo(texts, createdAt, now) },
  ]
  return table(texts.get('mail_page'), columns, deliveries)
}

function recipientLink(texts: Texts, recipient: string, emails: Shown['emails']): Html | string {
  if (recipient === '') return texts.get('mail_no_user')
  const email = emails.get(recipient)
  if (email === undefined) return html`<code>${recipient}</code>`
  return html`<a href="/admin/users/${recipient}">${email}</a>`
}

type One = {
  readonly delivery: ListedDelivery
  readonly emails: Shown['emails']
  readonly mayChange: boolean
  readonly now: Instant
}

export function deliveryContent(texts: Texts, { delivery, emails, mayChange, now }: One): Html {
  const { id, state, recipient, attempts, lastError, expiresAt } = delivery
  const label = texts.get('last_error')
  return html`<p class="crumbs"><a href="/admin/mail?state=${state}">${texts.get('mail_page')}</a></p>
<div class="head"><h1>${texts.get('mail_to_user')}</h1>
${badge(tones[state], texts.get(`delivery_${state}`))}</div>
<section class="sheet">
${factList([
  [texts.get('user'), recipientLink(texts, recipient, emails)],
  [texts.get('delivery_id'), html`<code>${id}</code>`],
  [texts.get('kind'), html`<code>${delivery.kind}</code>`],
  [texts.get('created'), timeAgo(texts, delivery.createdAt, now)],
  [texts.get('attempts'), texts.number(attempts)],
  [texts.get('next_attempt'), state === 'due' ? timeAgo(texts, delivery.nextAttemptAt, now) : '–'],
  [texts.get('mail_expires'), timeAgo(texts, expiresAt, now)],
])}
${lastError !== undefined && html`<h2>${label}</h2>${codeBlock(label, lastError)}`}
<p class="hint">${texts.get('mail_sealed')}</p></section>
${mayChange && delivery.isKept && actions(texts, delivery, now)}`
}

function actions(texts: Texts, { id, state, expiresAt }: ListedDelivery, now: Instant): Html {
  const retry = buttonForm(
    `/admin/mail/${id}/retry`,
    html`<button class="small">${texts.get('retry')}</button>`,
  )
  const discard = html`<a class="button small danger" href="/admin/mail/${id}/discard"
>${texts.get('discard')}</a>`
  const mayRetry = state === 'dead' && expiresAt > now
  return html`<section class="sheet"><h2>${texts.get('actions')}</h2>
${mayRetry && setting(texts.get('retry_delivery'), texts.get('retry_delivery_hint'), retry)}
${setting(texts.get('discard_delivery'), texts.get('discard_delivery_hint'), discard)}</section>`
}
