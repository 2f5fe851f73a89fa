import { type Html, html } from '#src/http/html.ts'

/** A link to a page of an app, in a new tab, which does not learn where its visitor comes from. */
export function linkOutside(uri: string | undefined, label: string): Html {
  return html`<a href="${uri}" target="_blank" rel="noopener noreferrer">${label}</a>`
}
