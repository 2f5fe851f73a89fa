import { STATUS_CODES } from 'node:http'
import { errorCodes, type Language } from '#src/errors/error-codes.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { referenceScript, referenceStylesheet } from '#src/pages/assets.ts'
import { answerPage } from '#src/pages/layout.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
import { docsIndex, titleOf } from '#src/reference/call-list.ts'
import { errorCodesOf, groups, type Operation } from '#src/reference/operation.ts'
import { openSchemaBook, type SchemaBook } from '#src/reference/schema-book.ts'
import { snippetsOf } from '#src/reference/snippets.ts'
import { tryForm } from '#src/reference/try-form.ts'
import { typeText } from '#src/reference/type-text.ts'

/** The part that is the same for every reader of one language. */
export type Described = { readonly index: Html; readonly calls: Html }

/** The API reference: every endpoint with its input and output, and a form to try the read-only ones. */
export function docsPage(call: Call, { index, calls }: Described): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet">
<h1>${texts.get('docs_title')}</h1>
<p class="lead">${texts.get('docs_lead')}</p>
<p class="buttons"><a class="button" href="/openapi.json">${texts.get('docs_openapi')}</a>
<a href="/docs/errors">${texts.get('all_errors')}</a> <a href="/llms.txt">llms.txt</a>
${!call.caller && html`<a href="/sign-in?next=/docs">${texts.get('docs_sign_in')}</a>`}</p>
</section>
${calls}`
  return answerPage(call, {
    status: 200,
    title: texts.get('docs_title'),
    shape: 'reference',
    navigation: index,
    content,
    styles: [referenceStylesheet],
    scripts: [referenceScript],
  })
}

export function describedCalls(language: Language, operations: readonly Operation[]): Described {
  const texts = textsFor(language)
  // An endpoint for any method is listed once.
  const shown = operations.filter(({ route, method }) => route.method !== 'ALL' || method === 'GET')
  const book = openSchemaBook()
  const sections = Object.keys(groups)
    .map((group) => ({ group, operations: shown.filter((operation) => operation.group === group) }))
    .filter((one) => one.operations.length > 0)
  const calls = sections.map((one) => section(texts, { ...one, book }))
  return { index: docsIndex(texts, sections), calls: html`${calls}${types(texts, book)}` }
}

function types(texts: Texts, book: SchemaBook): Html {
  return html`<section class="sheet" id="types">
<h2>${texts.get('docs_types')}</h2>
${Object.entries(book.named).map(
  ([name, schema]) => html`<h3 id="type-${name}"><code>${name}</code></h3>
<pre tabindex="0" lang="en"><code>${typeText(schema)}</code></pre>
`,
)}</section>`
}

type Group = { readonly group: string; readonly operations: readonly Operation[]; readonly book: SchemaBook }

function section(texts: Texts, { group, operations, book }: Group): Html {
  return html`<section class="sheet" id="${group}">
<h2 lang="en">${titleOf(group)}</h2>
<p class="muted" lang="en">${groups[group]}</p>
${operations.map((operation) => one(texts, operation, book))}
</section>
`
}

function one(texts: Texts, operation: Operation, book: SchemaBook): Html {
  const { id, address, route } = operation
  const method = route.method === 'ALL' ? texts.get('docs_any_method') : operation.method
  return html`<details class="call" id="${id}">
<summary><code><b>${method}</b> ${address}</code>
<span lang="en">${withCode(route.endpoint.summary)}</span></summary>
<p class="hint"><a href="#${id}">${texts.get('docs_link')}</a></p>
<p>${texts.get('docs_authentication')}: ${authenticationText(texts, operation)}</p>
${snippets(texts, operation, book)}
${bodyText(texts, operation, book)}
${responseTexts(texts, operation, book)}
<details class="errors"><summary>${texts.get('docs_errors')}</summary>
<p>${errorLinks(operation)}</p></details>
${operation.method === 'GET' && route.method === 'GET' && tryForm(texts, operation, book)}
</details>
`
}

const languages = { curl: 'curl', javascript: 'JavaScript', python: 'Python' } as const

/** They share a name, so one of them is open at a time. */
function snippets(texts: Texts, operation: Operation, book: SchemaBook): Html {
  const { id } = operation
  const written = snippetsOf(operation, book)
  const shown = (Object.keys(languages) as (keyof typeof languages)[]).map((language) => {
    const block = `${id}-${language}`
    const isOpen = language === 'curl' && html` open`
    return html`<details name="${id}-code"${isOpen}><summary>${languages[language]}</summary>
<div class="code"><pre tabindex="0" lang="en"><code id="${block}">${written[language]}</code></pre>
<button type="button" class="small" hidden data-copy="${block}"
 data-done="${texts.get('copied')}">${texts.get('copy')}</button></div></details>`
  })
  return html`<div class="snippets"><h3>${texts.get('docs_example')}</h3>${shown}</div>`
}

/** A sentence with code between backticks. */
function withCode(sentence: string): (string | Html)[] {
  return sentence.split('`').map((piece, at) => (at % 2 === 0 ? piece : html`<code>${piece}</code>`))
}

function authenticationText(texts: Texts, { proofs, isOpen }: Operation): Html {
  const names = proofs.map((proof, index) => html`${index > 0 && ', '}<code>${proof}</code>`)
  if (proofs.length === 0) return html`${texts.get('docs_no_authentication')}`
  return html`${names}${isOpen && html` (${texts.get('optional')})`}`
}

function errorLinks(operation: Operation): Html[] {
  return errorCodesOf(operation).map(
    (code) => html`<a href="/docs/errors/${code}">${errorCodes[code].status} <code>${code}</code></a><br>`,
  )
}

function bodyText(texts: Texts, { route }: Operation, book: SchemaBook): Html | undefined {
  const { body } = route.endpoint
  if (!body) return undefined
  return html`<h3>${texts.get('docs_body')}</h3>
<pre tabindex="0" lang="en"><code>${linked(typeText(book.request(body)), book)}</code></pre>`
}

function responseTexts(texts: Texts, { route }: Operation, book: SchemaBook): Html[] {
  return Object.entries(route.endpoint.responses).map(
    ([status, schema]) => html`
<h3>${texts.get('docs_response')} ${status} ${STATUS_CODES[status]}</h3>
${schema !== null && html`<pre tabindex="0" lang="en"><code>${typeLinks(schema, book)}</code></pre>`}`,
  )
}

function typeLinks(schema: Parameters<SchemaBook['response']>[0], book: SchemaBook): (string | Html)[] {
  return linked(typeText(book.response(schema)), book)
}

/** Names of types link to their definitions. */
function linked(text: string, { named }: SchemaBook): (string | Html)[] {
  const pieces = text.split(/\b(\w+)\b/)
  return pieces.map((piece) =>
    Object.hasOwn(named, piece) ? html`<a href="#type-${piece}">${piece}</a>` : piece,
  )
}
