import { type ErrorCode, errorCodes } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { answerPage } from '#src/pages/layout.ts'
import { splitMessage } from '#src/pages/split-message.ts'
import { type Column, table } from '#src/pages/table.ts'
import { textsFor } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

/** The page behind the `type` of an error (RFC 9457 section 3.1.1). */
export const errorReferencePage = endpoint({
  summary: 'Explains an error code: what happened and what to do.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: (_world: World, call) => {
    const code = call.params.code
    if (!isErrorCode(code)) throw new AppError('not_found')
    return explain(call, code)
  },
})

export const errorReferenceList = endpoint({
  summary: 'Lists all error codes.',
  responses: { 200: null },
  errors: [],
  handle: (_world: World, call) => list(call),
})

function explain(call: Call, code: ErrorCode) {
  const texts = textsFor(call.language)
  const { status, oauth } = errorCodes[code]
  const { happened, toDo } = splitMessage(code, call.language)
  const problem = { type: `/docs/errors/${code}`, title: happened, status, code }
  const content = html`<section class="sheet">
<h1><code>${code}</code></h1>
<dl class="facts">
<div><dt>${texts.get('error_status')}</dt><dd>${status}</dd></div>
<div><dt>${texts.get('error_happened')}</dt><dd>${happened}</dd></div>
<div><dt>${texts.get('error_to_do')}</dt><dd>${toDo}</dd></div>
<div><dt>${texts.get('error_oauth')}</dt><dd><code>${oauth}</code></dd></div>
</dl>
<h2>${texts.get('error_example')}</h2>
<pre tabindex="0"><code>${JSON.stringify(problem, undefined, 2)}</code></pre>
<p><a href="/docs/errors">${texts.get('all_errors')}</a></p>
</section>`
  return answerPage(call, { status: 200, title: code, shape: 'area', content })
}

function list(call: Call) {
  const texts = textsFor(call.language)
  const codes = Object.keys(errorCodes).filter(isErrorCode)
  const columns: Column<ErrorCode>[] = [
    {
      label: texts.get('error_code'),
      part: 'headline',
      cell: (code) => html`<a href="/docs/errors/${code}"><code>${code}</code></a>`,
    },
    { label: texts.get('error_status'), cell: (code) => errorCodes[code].status },
    {
      label: texts.get('error_happened'),
      cell: (code) => splitMessage(code, call.language).happened,
    },
  ]
  const content = html`<section class="sheet">
<h1>${texts.get('errors_title')}</h1>
<p class="lead">${texts.get('errors_lead')}</p>
${table(texts.get('errors_title'), columns, codes)}
</section>`
  return answerPage(call, { status: 200, title: texts.get('errors_title'), shape: 'area', content })
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorCodes, code)
}
