import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import type { WaitingDevice } from '#src/oidc/device-flow.ts'
import { appLinks, decisionButtons, sentencesOf } from '#src/pages/consent/consent-page.ts'
import { form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { answerPage } from '#src/pages/layout.ts'
import { textsFor } from '#src/pages/texts.ts'

/** Asks for the code that a device shows. */
export function deviceCodePage(
  call: Call,
  { typed, errors }: { typed: string; errors: FormErrors | undefined },
): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('device_title')
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('device_lead')}</p>
${form(texts, {
  action: '/device',
  errors,
  fields: [
    {
      name: 'user_code',
      label: texts.get('device_code'),
      type: 'text',
      autocomplete: 'off',
      value: typed,
      first: true,
    },
  ],
  button: submit(texts.get('device_continue')),
})}
</section>`
  const status = errors?.status ?? 200
  return answerPage(call, { status, title, shape: 'card', content, headers: errors?.headers ?? {} })
}

/** Asks whether the device may use the account. The code is shown, since the page may come from a link. */
export function deviceConfirmPage(
  call: Call,
  { email, device }: { email: string; device: WaitingDevice },
): Answer {
  const texts = textsFor(call.language)
  const { app, userCode } = device
  const title = texts.get('device_confirm_title', { app: app.name })
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('device_confirm_lead', { app: app.name, email })}</p>
<p>${texts.get('consent_allows')}</p>
<ul>${sentencesOf(texts, device).map((sentence) => html`<li>${sentence}</li>`)}</ul>
${appLinks(texts, app)}
<p class="device-code"><code>${userCode}</code></p>
<p class="note warn">${texts.get('device_compare')}</p>
<form method="post" action="/device">
<input type="hidden" name="user_code" value="${userCode}">
${decisionButtons(texts)}
</form>
</section>`
  return answerPage(call, { status: 200, title, shape: 'card', content })
}

const outcomes = {
  allowed: { title: 'device_allowed_title', lead: 'device_allowed_lead' },
  refused: { title: 'device_refused_title', lead: 'device_refused_lead' },
} as const

/** The result of the decision. */
export function deviceDonePage(call: Call, outcome: keyof typeof outcomes): Answer {
  const texts = textsFor(call.language)
  const title = texts.get(outcomes[outcome].title)
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get(outcomes[outcome].lead)}</p>
</section>`
  return answerPage(call, { status: 200, title, shape: 'card', content })
}
