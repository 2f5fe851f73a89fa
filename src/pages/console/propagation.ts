import { quantileOf } from '#src/administration/quantile.ts'
import { type Html, html } from '#src/http/html.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

/** The propagation times of logouts, in seconds, since this node started. */
export type Propagated = {
  readonly count: number
  readonly p50: number | undefined
  readonly p99: number | undefined
}

export async function propagatedBy({ metrics }: World): Promise<Propagated> {
  const buckets = await metrics.cumulative('sigil_revocation_wait_seconds')
  return {
    count: buckets.at(-1)?.count ?? 0,
    p50: quantileOf(buckets, 0.5),
    p99: quantileOf(buckets, 0.99),
  }
}

/** The longest time that the buckets of the histogram can represent. */
const maxSeconds = 60

export function propagationFigure(texts: Texts, { count, p50, p99 }: Propagated): Html {
  const label = texts.get('propagation')
  if (p50 === undefined || p99 === undefined)
    return html`<div><dt>${label}</dt><dd>–</dd>
<dd class="hint">${texts.get('propagation_none')}</dd></div>`
  const values = texts.get('propagation_values', { p50: duration(texts, p50), p99: duration(texts, p99) })
  return html`<div><dt><a href="/admin/nodes">${label}</a></dt><dd>${duration(texts, p99)}</dd>
<dd class="hint">${values} · ${texts.get('propagation_hint', { count })}</dd></div>`
}

function duration(texts: Texts, seconds: number): string {
  if (!Number.isFinite(seconds)) return texts.get('more_than', { value: duration(texts, maxSeconds) })
  if (seconds < 1)
    return texts.get('milliseconds', { ms: texts.number(Math.max(1, Math.round(seconds * 1000))) })
  return texts.get('seconds', { seconds: texts.number(Math.round(seconds * 10) / 10) })
}
