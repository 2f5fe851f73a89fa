import { type Html, html } from '#src/http/html.ts'

export type NavigationLink = { readonly path: string; readonly label: string; readonly isCurrent: boolean }

/** Groups of links beside the content, which become a bar above it on narrow screens. */
export function sideNavigation(label: string, groups: readonly (readonly NavigationLink[])[]): Html {
  const items = groups.map((links, index) => [
    index > 0 && html`<li aria-hidden="true"><hr></li>`,
    links.map(
      ({ path, label, isCurrent }) =>
        html`<li><a href="${path}"${isCurrent && html` aria-current="page"`}>${label}</a></li>`,
    ),
  ])
  return html`<nav class="side" aria-label="${label}"><ul>${items}</ul></nav>`
}
