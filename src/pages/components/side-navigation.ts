import { type Html, html } from '#src/http/html.ts'
import { type IconName, icon } from '#src/pages/components/icons.ts'

export type NavigationLink = {
  readonly path: string
  readonly label: string
  readonly isCurrent: boolean
  readonly icon?: IconName
  /** For scripts: the shortcut key. */
  readonly key?: string
}

/** Groups of links next to the content, which become a bar above it on narrow screens. */
export function sideNavigation(label: string, groups: readonly (readonly NavigationLink[])[]): Html {
  const items = groups.map((links, index) => [
    index > 0 && html`<li class="gap" aria-hidden="true"><hr></li>`,
    links.map(item),
  ])
  return html`<nav class="side" aria-label="${label}"><ul>${items}</ul></nav>`
}

function item({ path, label, isCurrent, icon: name, key }: NavigationLink): Html {
  const attributes = [key && html` data-key="${key}"`, isCurrent && html` aria-current="page"`]
  return html`<li><a href="${path}"${attributes}>${name && icon(name)}${label}</a></li>`
}
