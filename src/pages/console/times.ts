import { type Html, html } from '#src/http/html.ts'
import type { Texts } from '#src/pages/texts.ts'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'

/** A moment as people say it, with the exact one as a tooltip. */
export function agoCell(texts: Texts, at: Instant, now: Instant): Html {
  return html`<time datetime="${rfc3339(at)}" title="${texts.moment(at)}">${texts.ago(at, now)}</time>`
}
