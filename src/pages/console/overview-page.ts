import { type Period, periods, type Slot } from '#src/administration/statistics.ts'
import { type Html, html } from '#src/http/html.ts'
import { badge } from '#src/pages/components/badge.ts'
import { choices } from '#src/pages/components/choices.ts'
import { plot } from '#src/pages/components/plot.ts'
import { setting } from '#src/pages/components/setting.ts'
import type { Attention } from '#src/pages/console/attention.ts'
import { failuresIn } from '#src/pages/console/attention.ts'
import type { Texts } from '#src/pages/texts.ts'

type Shown = {
  readonly period: Period
  readonly slots: readonly Slot[]
  readonly attention: readonly Attention[]
  readonly users: number
  readonly liveSessions: number
}

/** Is it healthy, is anything unusual, what should be done next. */
export function overviewContent(texts: Texts, shown: Shown): Html {
  return html`<div class="head"><h1>${texts.get('overview')}</h1></div>
${attentionSection(texts, shown.attention)}
<div class="head"><h2>${texts.get('statistics')}</h2>${periodChoices(texts, shown.period)}</div>
${figures(texts, shown)}
${plots(texts, shown)}`
}

function attentionSection(texts: Texts, attention: readonly Attention[]): Html {
  if (attention.length === 0) return html`<p class="note good">${texts.get('all_well')}</p>`
  const rows = attention.map(({ tone, title, hint, values, path }) => {
    const mark = badge(tone, texts.get(`tone_${tone}`))
    const link = html`<a class="button small" href="${path}">${texts.get('show_details')}</a>`
    return setting(html`${mark} ${texts.get(title, values)}`, texts.get(hint, values), link)
  })
  return html`<section class="sheet"><h2>${texts.get('attention')}</h2>${rows}</section>`
}

function periodChoices(texts: Texts, current: Period): Html {
  const all = (Object.keys(periods) as Period[]).map((period) => ({
    path: `/admin?period=${period}`,
    label: texts.get(`period_${period}`),
    isCurrent: period === current,
  }))
  return choices(texts.get('period'), all)
}

function figures(texts: Texts, { users, liveSessions }: Shown): Html {
  const rows = [
    [texts.get('users'), users],
    [texts.get('live_sessions'), liveSessions],
  ] as const
  const cells = rows.map(
    ([label, value]) => html`<div><dt>${label}</dt><dd>${texts.number(value)}</dd></div>`,
  )
  return html`<dl class="figures">${cells}</dl>`
}

function plots(texts: Texts, { slots, period }: Shown): Html {
  const csv = `/admin/statistics.csv?period=${period}`
  const plotOf = (title: string, series: readonly Series[], total?: number) => {
    const bars = slots.map((slot) => ({
      label: slotLabel(texts, slot, period),
      values: series.map(({ of }) => of(slot)),
    }))
    const sum = bars.reduce((all, { values }) => all + values.reduce((one, value) => one + value, 0), 0)
    const names = series.map(({ label }) => label)
    const axis = texts.get('time')
    return html`<section class="sheet">${plot(texts, {
      ...{ title, axis, series: names, bars, csv },
      total: total ?? sum,
    })}</section>`
  }
  const one = (label: string, of: Series['of']): Series[] => [{ label, of }]
  const active = texts.get('active_users')
  const busiest = Math.max(0, ...slots.map(({ activeUsers }) => activeUsers))
  return html`<div class="plots">
${plotOf(
  texts.get('sign_ins'),
  one(texts.get('sign_ins'), ({ signedIn }) => signedIn),
)}
${plotOf(texts.get('failures'), failureSeries(texts))}
${plotOf(
  texts.get('sign_ups'),
  one(texts.get('sign_ups'), ({ signUps }) => signUps),
)}
${plotOf(
  active,
  one(active, ({ activeUsers }) => activeUsers),
  busiest,
)}
</div>`
}

type Series = { readonly label: string; readonly of: (slot: Slot) => number }

/** The most frequent reasons, and all others together. */
function failureSeries(texts: Texts): Series[] {
  const wrong = (slot: Slot) => slot.wrongCredentials + slot.wrongCode
  return [
    { label: texts.get('failed_wrong'), of: wrong },
    { label: texts.get('failed_limited'), of: ({ limited }) => limited },
    { label: texts.get('failed_other'), of: (slot) => failuresIn(slot) - wrong(slot) - slot.limited },
  ]
}

function slotLabel(texts: Texts, { at }: Slot, period: Period): string {
  return period === '30d' ? texts.shortDay(at) : texts.shortMoment(at)
}
