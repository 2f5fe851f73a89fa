import { AppError } from '#src/errors/errors.ts'
import { type Html, html } from '#src/http/html.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Operation } from '#src/reference/operation.ts'
import type { SchemaBook } from '#src/reference/schema-book.ts'

/** A plain form: the server builds the URL, so that no script is needed. */
export function tryForm(texts: Texts, operation: Operation, book: SchemaBook): Html {
  const { id, parameters } = operation
  const fields = [
    ...parameters.map((name) => field(`${id}-${name}`, name, html` required`)),
    ...queryNames(operation, book).map((name) => field(`${id}-${name}`, name, html``)),
  ]
  return html`<h3>${texts.get('docs_try')}</h3>
<form class="try" method="get" action="/docs/try/${id}">
${fields}<div class="buttons"><button class="small">${texts.get('docs_send')}</button></div>
</form>`
}

function field(id: string, name: string, attributes: Html): Html {
  return html`<div class="field"><label for="${id}"><code>${name}</code></label>
<input id="${id}" name="${name}"${attributes} autocomplete="off" spellcheck="false"></div>
`
}

function queryNames({ route }: Operation, book: SchemaBook): string[] {
  const { query } = route.endpoint
  return query ? Object.keys(Object(book.request(query).properties)) : []
}

type Filled = Readonly<Record<string, string | string[]>>

/** The URL of a filled form. It always belongs to this table, whatever the user typed. */
export function urlOf(operation: Operation, filled: Filled, book: SchemaBook): string {
  const path = operation.address.replaceAll(/\{(\w+)\}/g, (_, name) => segment(name, filled[name]))
  const search = new URLSearchParams()
  for (const name of queryNames(operation, book)) {
    for (const value of [filled[name] ?? []].flat()) if (value !== '') search.append(name, value)
  }
  return search.size > 0 ? `${path}?${search}` : path
}

function segment(name: string, value: Filled[string] | undefined): string {
  // Browsers resolve dot segments, which would change the call.
  if (typeof value === 'string' && !/^\.{0,2}$/.test(value)) return encodeURIComponent(value.toWellFormed())
  throw new AppError('invalid_request', { errors: [{ pointer: `/${name}`, code: 'missing' }] })
}
