import type { Adoption } from '#src/administration/adoption.sql.ts'
import type { LiveAt } from '#src/administration/live-sessions.ts'
import { type Period, periods, type Slot } from '#src/administration/statistics.ts'
import { type Html, html } from '#src/http/html.ts'
import { badge } from '#src/pages/components/badge.ts'
import { choices } from '#src/pages/components/choices.ts'
import { hatches, plot } from '#src/pages/components/plot.ts'
import { setting } from '#src/pages/components/setting.ts'
import { adoptionSection } from '#src/pages/console/adoption.ts'
import type { Attention } from '#src/pages/console/attention.ts'
import { failuresIn } from '#src/pages/console/attention.ts'
import { checklistSection, type Step } from '#src/pages/console/checklist.ts'
import { type Propagated, propagationFigure } from '#src/pages/console/propagation.ts'
import type { Texts } from '#src/pages/texts.ts'

type Shown = {
  readonly period: Period
  readonly slots: readonly Slot[]
  readonly attention: readonly Attention[]
  readonly checklist: readonly Step[]
  readonly users: number
  readonly liveSessions: number
  readonly liveOverTime: readonly LiveAt[]
  readonly adoption: Adoption
  readonly propagated: Propagated
}

/** Health, unusual activity, and next steps. */
export function overviewContent(texts: Texts, shown: Shown): Html {
  return html`<div class="head"><h1>${texts.get('overview')}</h1></div>
${attentionSection(texts, shown.attention)}
${checklistSection(texts, shown.checklist)}
${figures(texts, shown)}
<div class="head"><h2>${texts.get('statistics')}</h2>${periodChoices(texts, shown.period)}</div>
${hatches()}${plots(texts, shown)}
<p class="hint">${texts.get('statistics_hint')}</p>`
}

function attentionSection(texts: Texts, attention: readonly Attention[]): Html {
  if (attention.length === 0) return html`<p class="note good">${texts.get('all_well')}</p>`
  const rows = attention.map(({ tone, title, hint, values, path }) => {
    const mark = badge(tone, texts.get(`tone_${tone}`))
    const name = texts.get(title, values)
    const show = texts.get('show_details')
    const link = html`<a class="button small" href="${path}" aria-label="${show}: ${name}">${show}</a>`
    return setting(html`${mark} ${name}`, texts.get(hint, values), link)
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

function figures(texts: Texts, { users, liveSessions, propagated }: Shown): Html {
  const figure = (path: string, label: string, value: number) =>
    html`<div><dt><a href="${path}">${label}</a></dt><dd>${texts.number(value)}</dd></div>`
  return html`<dl class="figures">${figure('/admin/users', texts.get('users'), users)}
${figure('/admin/sessions', texts.get('live_sessions_over_time'), liveSessions)}
${propagationFigure(texts, propagated)}</dl>`
}

type Series = { readonly label: string; readonly of: (slot: Slot) => number }

function plots(texts: Texts, shown: Shown): Html {
  const { slots, period, liveOverTime, liveSessions } = shown
  const common = { axis: texts.get('time'), csv: `/admin/statistics.csv?period=${period}` }
  const plotOf = (title: string, series: readonly Series[], total?: number) => {
    const bars = slots.map((slot) => ({
      label: slotLabel(texts, slot.at, period),
      values: series.map(({ of }) => of(slot)),
    }))
    const sum = bars.reduce((all, { values }) => all + values.reduce((one, value) => one + value, 0), 0)
    const names = series.map(({ label }) => label)
    return html`<section class="sheet">${plot(texts, {
      ...{ ...common, title, series: names, bars },
      total: total ?? sum,
    })}</section>`
  }
  const simple = (title: string, of: Series['of'], total?: number) =>
    plotOf(title, [{ label: title, of }], total)
  const busiest = Math.max(0, ...slots.map(({ activeUsers }) => activeUsers))
  const title = texts.get('live_sessions_over_time')
  const bars = liveOverTime.map(({ at, live }) => ({ label: slotLabel(texts, at, period), values: [live] }))
  const live = plot(texts, { ...common, title, series: [title], bars, total: liveSessions })
  return html`<div class="plots">
${simple(texts.get('sign_ins'), ({ signedIn }) => signedIn)}
${plotOf(texts.get('failures'), failureSeries(texts))}
${simple(texts.get('sign_ups'), ({ signUps }) => signUps)}
${simple(texts.get('active_users'), ({ activeUsers }) => activeUsers, busiest)}
<section class="sheet">${live}</section>
${adoptionSection(texts, shown.adoption)}
</div>`
}

/** The most frequent reasons, and all others together. */
function failureSeries(texts: Texts): Series[] {
  const wrong = (slot: Slot) => slot.wrongCredentials + slot.wrongCode
  return [
    { label: texts.get('failed_wrong'), of: wrong },
    { label: texts.get('failed_limited'), of: ({ limited }) => limited },
    { label: texts.get('failed_other'), of: (slot) => failuresIn(slot) - wrong(slot) - slot.limited },
  ]
}

function slotLabel(texts: Texts, at: number, period: Period): string {
  return period === '30d' || period === '90d' ? texts.shortDay(at) : texts.shortMoment(at)
}
