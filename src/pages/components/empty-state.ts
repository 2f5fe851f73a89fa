import { type Child, type Html, html } from '#src/http/html.ts'

/** The content of an empty list: what it will show and how to begin. */
export function emptyState(sentence: string, action?: Child): Html {
  return html`<div class="empty"><p>${sentence}</p>${action}</div>`
}
