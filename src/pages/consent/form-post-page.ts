import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import type { FormPost } from '#src/oidc/visit.ts'
import { sendScript } from '#src/pages/assets.ts'
import { answerPage } from '#src/pages/layout.ts'
import { textsFor } from '#src/pages/texts.ts'

/**
 * OAuth 2.0 Form Post Response Mode: a form that the browser sends to the app, by a script, or with a button
 * if scripts are off.
 */
export function formPostPage(call: Call, { action, fields }: FormPost): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('continue_title')
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('continue_lead')}</p>
<form method="post" action="${action}" data-send>
${inputs}
<div class="buttons"><button class="primary">${texts.get('continue_link')}</button></div>
</form>
</section>`
  return answerPage(call, {
    status: 200,
    title,
    shape: 'card',
    content,
    scripts: [sendScript],
    formTargets: targetsOf(action),
  })
}

/** Chrome also checks redirects after the form, and an app may redirect to another of its hosts. */
function targetsOf(action: string): string[] {
  const protocol = URL.parse(action)?.protocol ?? 'https:'
  return [...new Set(['https:', protocol])]
}
