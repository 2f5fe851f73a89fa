import { type Html, html } from '#src/http/html.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'

export type Bar = { readonly label: string; readonly values: readonly number[] }

export type Plot = {
  readonly title: string
  /** The headline number. */
  readonly total: number
  /** The heading of the column with the labels of the bars. */
  readonly axis: string
  /** The meaning of each value of a bar, from bottom to top. */
  readonly series: readonly string[]
  readonly bars: readonly Bar[]
  readonly csv: string
  /** The meaning of the total, if it is not the sum. */
  readonly caption?: string
}

/** Coordinates of the drawing, which is stretched to the available width. */
const [width, gap, height] = [10, 2, 100]

/**
 * The patterns of bars, so that color is not the only difference. Plots are stretched horizontally, and only
 * horizontal lines keep their width. A page with plots includes them once.
 */
export function hatches(): Html {
  const pattern = (position: number, step: number) =>
    html`<pattern id="hatch-${position}" patternUnits="userSpaceOnUse" width="${width}" height="${step}"><path
 d="M0 ${step / 2}h${width}"/></pattern>`
  const patterns = [pattern(1, 6), pattern(2, 3)]
  return html`<svg class="hatches" width="0" height="0" aria-hidden="true"><defs>${patterns}</defs></svg>`
}

/** Stacked bars, with their total above and their values in a table below. */
export function plot(texts: Texts, { title, total, axis, series, bars, csv, caption }: Plot): Html {
  const top = roundedUp(Math.max(1, ...bars.map(({ values }) => sumOf(values))))
  const label = texts.get('plot_label', { title, total: texts.number(total) })
  const lines = [0, height / 2, height].map(
    (y) => html`<line x1="0" x2="${bars.length * width}" y1="${y}" y2="${y}"/>`,
  )
  return html`<figure class="plot">
<figcaption><h2>${title}</h2><p class="total">${texts.number(total)}</p>${
    caption !== undefined && html`<p class="hint">${caption}</p>`
  }</figcaption>
<div class="area">
<svg viewBox="0 0 ${bars.length * width} ${height}" preserveAspectRatio="none" role="img"
 aria-label="${label}">
${lines}${bars.map((bar, index) => drawn(texts, bar, { index, top, series }))}</svg>
<div class="scale" aria-hidden="true"><span>${texts.number(top)}</span><span>${texts.number(top / 2)}</span>
<span>0</span></div>
<div class="ticks" aria-hidden="true">${ticksOf(bars).map((tick) => html`<span>${tick}</span>`)}</div>
</div>
${series.length > 1 && keysOf(texts, series, bars)}
<details><summary>${texts.get('as_table')}</summary>${valuesOf(texts, { title, axis, series, bars })}
<p><a href="${csv}" download>${texts.get('download_csv')}</a></p></details>
</figure>`
}

type Scale = { readonly index: number; readonly top: number; readonly series: readonly string[] }

/** One bar, with its values as a tooltip over its whole column. */
function drawn(texts: Texts, { label, values }: Bar, { index, top, series }: Scale): Html {
  let filled = 0
  const parts = values.map((value, position) => {
    const size = (value / top) * height
    filled += size
    const place = html`x="${index * width + gap / 2}" y="${rounded(height - filled)}"
 width="${width - gap}" height="${rounded(size)}"`
    const isHatched = position > 0 && position < 3
    return (
      size > 0 &&
      html`<rect class="s${position}" ${place}/>${
        isHatched && html`<rect class="hatched" fill="url(#hatch-${position})" ${place}/>`
      }`
    )
  })
  const named = values.map((value, position) => `${series[position]}: ${texts.number(value)}`)
  return html`<g><title>${[label, ...named].join('\n')}</title>
<rect class="slot" x="${index * width}" y="0" width="${width}" height="${height}"/>${parts}</g>`
}

function keysOf(texts: Texts, series: readonly string[], bars: readonly Bar[]): Html {
  const keys = series.map((name, position) => {
    const count = sumOf(bars.map(({ values }) => values[position] ?? 0))
    return html`<li><i class="s${position}" aria-hidden="true"></i>${name}: ${texts.number(count)}</li>`
  })
  return html`<ul class="keys">${keys}</ul>`
}

function valuesOf(
  texts: Texts,
  { title, axis, series, bars }: Omit<Plot, 'total' | 'csv' | 'caption'>,
): Html {
  const columns: Column<Bar>[] = [
    { label: axis, part: 'headline', cell: ({ label }) => label },
    ...series.map(
      (label, position): Column<Bar> => ({
        label,
        part: 'number',
        cell: ({ values }) => texts.number(values[position] ?? 0),
      }),
    ),
  ]
  return table(title, columns, bars.toReversed())
}

function ticksOf(bars: readonly Bar[]): string[] {
  const places = [0, Math.floor((bars.length - 1) / 2), bars.length - 1]
  return places.map((place) => bars[place]?.label ?? '')
}

/** The next of 2, 4, 6, 10, 20, 40, …, so that half of it is a whole number too. */
function roundedUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const found = [2, 4, 6, 10, 20].find((step) => step * power >= value)
  return (found ?? 20) * power
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
