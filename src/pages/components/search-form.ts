import { type Html, html } from '#src/http/html.ts'
import type { Texts } from '#src/pages/texts.ts'

type Search = {
  readonly path: string
  readonly label: string
  /** With the text in `q`; the others stay as they are. */
  readonly filters: Readonly<Record<string, string | undefined>> & { readonly q: string | undefined }
}

/** The search field of a list. A script focuses it with `/`. */
export function searchForm(texts: Texts, { path, label, filters }: Search): Html {
  const { q, ...others } = filters
  const kept = Object.entries(others).map(
    ([name, value]) => value && html`<input type="hidden" name="${name}" value="${value}">`,
  )
  return html`<div class="filters"><form action="${path}" role="search">${kept}
<label class="unseen" for="q">${label}</label>
<input id="q" name="q" type="search" value="${q ?? ''}" placeholder="${label}" autocomplete="off"
 spellcheck="false"><button>${texts.get('search')}</button></form></div>`
}
