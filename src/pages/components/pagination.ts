import { type Html, html } from '#src/http/html.ts'
import type { Texts } from '#src/pages/texts.ts'

type Pages = { readonly path: string; readonly isFirst: boolean; readonly nextCursor: string | null }

/** Links to the first and to the next page; undefined if there is only one page. */
export function pagination(texts: Texts, { path, isFirst, nextCursor }: Pages): Html | undefined {
  if (isFirst && nextCursor === null) return undefined
  const next = nextCursor !== null && withQuery(path, { cursor: nextCursor })
  return html`<nav class="buttons" aria-label="${texts.get('pages_of_list')}">
${!isFirst && html`<a class="button" href="${path}">${texts.get('first_page')}</a>`}
${next && html`<a class="button" href="${next}" rel="next">${texts.get('next_page')}</a>`}</nav>`
}

/** A path with further parameters; undefined and empty ones are omitted. */
export function withQuery(path: string, more: Readonly<Record<string, string | undefined>>): string {
  const [bare = path, query = ''] = path.split('?')
  const search = new URLSearchParams(query)
  for (const [name, value] of Object.entries(more)) if (value) search.set(name, value)
  return search.size > 0 ? `${bare}?${search}` : bare
}
