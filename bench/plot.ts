import { keeps, type Row } from '#bench/row.ts'

const width = 880
const left = 16
const rowHeight = 66
const span = width - 2 * left - 60

/**
 * An SVG of ratios: a bar from 0 to the median, a line from the lowest to the highest round, and marks at the
 * limit and at the promise.
 */
export function plotOf(title: string, rows: readonly Row[]): string {
  const height = 60 + rows.length * rowHeight
  const most = Math.max(1, ...rows.map(({ measured }) => measured.max), ...rows.map(promiseOf))
  const x = (ratio: number) => round(left + (ratio / most) * span)
  const bars = rows.map((row, index) => barOf(row, 52 + index * rowHeight, x))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img"
  aria-labelledby="title desc">
  <title id="title">${escaped(title)}</title>
  <desc id="desc">${escaped(rows.map(sentenceOf).join(' '))}</desc>
  ${style}
  <line class="limit" x1="${x(1)}" y1="30" x2="${x(1)}" y2="${height - 8}"/>
  <text class="small" x="${x(1)}" y="22" text-anchor="middle">limit</text>
${bars.join('\n')}
</svg>
`
}

const style = `<style>
    :root { --ink: #1d2733; --soft: #5b6876; --line: #97a3b0; --bar: #c9d6e3; }
    :root { --ok: #1f6f43; --miss: #b42318; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e7ecf1; --soft: #a3b0bd; --line: #64717e; --bar: #33485c; }
      :root { --ok: #6fcf97; --miss: #ff8a7a; }
    }
    text { font: 600 14px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink); }
    .small { font-weight: 400; font-size: 12px; fill: var(--soft); }
    .bar { fill: var(--bar); }
    .limit { stroke: var(--line); stroke-dasharray: 3 4; }
    .range { stroke: var(--ink); stroke-width: 1.5; }
    .kept { stroke: var(--ok); stroke-width: 3; }
    .missed { stroke: var(--miss); stroke-width: 3; }
  </style>`

function barOf(row: Row, y: number, x: (ratio: number) => number): string {
  const { ratio, min, max } = row.measured
  const bar = y + 16
  const mark = promiseOf(row)
  const parts = [
    `<text x="${left}" y="${y - 4}">${escaped(row.name)}</text>`,
    `<text class="small" x="${left}" y="${y + 11}">compared with ${escaped(row.beside)}</text>`,
    `<rect class="bar" x="${left}" y="${bar}" width="${round(x(ratio) - left)}" height="14" rx="2"/>`,
    `<line class="range" x1="${x(min)}" y1="${bar + 7}" x2="${x(max)}" y2="${bar + 7}"/>`,
    `<text class="small" x="${round(x(max) + 6)}" y="${bar + 11}">${ratio.toFixed(2)}</text>`,
  ]
  if (mark > 0) {
    const state = keeps(row) ? 'kept' : 'missed'
    parts.push(`<line class="${state}" x1="${x(mark)}" y1="${bar - 3}" x2="${x(mark)}" y2="${bar + 17}"/>`)
  }
  return parts.map((part) => `  ${part}`).join('\n')
}

/** 0 without a promise. */
function promiseOf({ promised }: Row): number {
  if (!promised) return 0
  return 'atLeast' in promised ? promised.atLeast : promised.atMost
}

function sentenceOf({ name, beside, measured }: Row): string {
  return `${name}: ${measured.ratio.toFixed(2)} of ${beside}.`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
