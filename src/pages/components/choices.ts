import { type Html, html } from '#src/http/html.ts'

export type Choice = { readonly path: string; readonly label: string; readonly isCurrent: boolean }

/** A filter as links, so that each state has a URL. */
export function choices(label: string, all: readonly Choice[]): Html {
  const links = all.map(
    ({ path, label, isCurrent }) =>
      html`<li><a href="${path}"${isCurrent && html` aria-current="true"`}>${label}</a></li>`,
  )
  return html`<nav aria-label="${label}"><ul class="choices">${links}</ul></nav>`
}
