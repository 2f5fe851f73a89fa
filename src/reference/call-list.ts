import { type Html, html } from '#src/http/html.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Operation } from '#src/reference/operation.ts'

type Section = { readonly group: string; readonly operations: readonly Operation[] }

/** The sidebar with all calls, and a field that filters them if scripts run. */
export function docsIndex(texts: Texts, sections: readonly Section[]): Html {
  const groups = sections.map(
    ({ group, operations }) => html`<li><a href="#${group}" lang="en">${titleOf(group)}</a>
<ul class="calls">${operations.map((one) => link(texts, one))}</ul></li>`,
  )
  return html`<nav class="side index" aria-label="${texts.get('docs_index')}">
<div class="filter" hidden><label class="unseen" for="filter">${texts.get('docs_filter')}</label>
<input id="filter" type="search" placeholder="${texts.get('docs_filter')}" autocomplete="off">
<p class="hint" role="status" data-none="${texts.get('docs_filter_none')}"></p></div>
<ul>${groups}
<li><a href="#types">${texts.get('docs_types')}</a></li>
<li><a href="/docs/errors">${texts.get('errors_title')}</a></li>
</ul></nav>`
}

/** `audit` as a title. */
export function titleOf(group: string): string {
  if (group === 'oauth') return 'OAuth'
  if (group === 'apis') return 'APIs'
  return group.slice(0, 1).toUpperCase() + group.slice(1)
}

function link(texts: Texts, { id, address, method, route }: Operation): Html {
  const verb = route.method === 'ALL' ? texts.get('docs_any_method') : method
  const path = address.replace(/^\/api\/v1/, '')
  return html`<li><a href="#${id}"><code><b>${verb}</b> ${path}</code></a></li>
`
}
