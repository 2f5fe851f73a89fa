import { type Child, type Html, html } from '#src/http/html.ts'

/** A row: title and hint at the left, the value or its form at the right. */
export function setting(title: Child, hint: Child, value: Child): Html {
  const shownHint = hint !== '' && html`<p>${hint}</p>`
  return html`<div class="setting"><div><div class="title">${title}</div>${shownHint}</div>
<div>${value}</div></div>`
}
