import { type Child, type Html, html } from '#src/http/html.ts'

/** What a list will contain and how to begin, where it is empty. */
export function emptyState(sentence: string, action?: Child): Html {
  return html`<div class="empty"><p>${sentence}</p>${action}</div>`
}
