import { type Html, html } from '#src/http/html.ts'
import type { Texts } from '#src/pages/texts.ts'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** A relative time, with the exact one as a tooltip in the reader's time zone. */
export function timeAgo(texts: Texts, at: Instant, now: Instant): Html {
  return html`<time datetime="${rfc3339(at)}" title="${texts.moment(at)}">${agoText(texts, at, now)}</time>`
}

/** The time of a day that is named above, with the exact moment as a tooltip. */
export function timeOfDay(texts: Texts, at: Instant): Html {
  return html`<time datetime="${rfc3339(at)}" title="${texts.moment(at)}">${texts.clock(at)}</time>`
}

/** After a month the date is more useful. */
export function agoText(texts: Texts, at: Instant, now: Instant): string {
  const distance = Math.abs(now - at)
  if (distance < minuteMs) return texts.get('just_now')
  return distance < 30 * dayMs ? texts.ago(at, now) : texts.day(at)
}
