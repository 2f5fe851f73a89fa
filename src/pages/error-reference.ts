import { AppError, type ErrorCode, errorCodes } from '#src/errors/errors.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { answerPage } from '#src/pages/layout.ts'
import { splitMessage } from '#src/pages/sentences.ts'
import { type Column, table } from '#src/pages/table.ts'
import { textsFor } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

/** Where the `type` of every problem leads (RFC 9457 section 3.1.1). */
export const errorReferencePage = endpoint({
  summary: 'Explains a refusal code: what happened, what to do.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: (_world: World, call) => {
    const code = call.params.code
    if (!isRefusalCode(code)) throw new AppError('not_found')
    return explain(call, code)
  },
})

export const errorReferenceList = endpoint({
  summary: 'Lists every refusal code.',
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
<div><dt>${texts.say('error_status')}</dt><dd>${status}</dd></div>
<div><dt>${texts.say('error_happened')}</dt><dd>${happened}</dd></div>
<div><dt>${texts.say('error_to_do')}</dt><dd>${toDo}</dd></div>
<div><dt>${texts.say('error_oauth')}</dt><dd><code>${oauth}</code></dd></div>
</dl>
<h2>${texts.say('error_example')}</h2>
<pre tabindex="0"><code>${JSON.stringify(problem, undefined, 2)}</code></pre>
<p><a href="/docs/errors">${texts.say('all_errors')}</a></p>
</section>`
  return answerPage(call, { status: 200, title: code, shape: 'area', content })
}

function list(call: Call) {
  const texts = textsFor(call.language)
  const codes = Object.keys(errorCodes).filter(isRefusalCode)
  const columns: Column<ErrorCode>[] = [
    {
      label: texts.say('error_code'),
      part: 'headline',
      cell: (code) => html`<a href="/docs/errors/${code}"><code>${code}</code></a>`,
    },
    { label: texts.say('error_status'), cell: (code) => errorCodes[code].status },
    {
      label: texts.say('error_happened'),
      cell: (code) => splitMessage(code, call.language).happened,
    },
  ]
  const content = html`<section class="sheet">
<h1>${texts.say('errors_title')}</h1>
<p class="lead">${texts.say('errors_lead')}</p>
${table(texts.say('errors_title'), columns, codes)}
</section>`
  return answerPage(call, { status: 200, title: texts.say('errors_title'), shape: 'area', content })
}

function isRefusalCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorCodes, code)
}
