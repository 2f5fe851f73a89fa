import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { setting } from '#src/pages/components/setting.ts'
import { buttonForm } from '#src/pages/form.ts'
import { textsOf } from '#src/pages/texts.ts'

/** Export of all stored data, and deletion of the account. */
export function dataPage(call: Call): Answer {
  const texts = textsOf(call)
  const title = texts.get('data_page')
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('data_lead')}</p>
${setting(
  texts.get('export_title'),
  texts.get('export_hint'),
  buttonForm('/account/data/export', html`<button>${texts.get('export_button')}</button>`),
)}
${setting(
  texts.get('delete_title'),
  texts.get('delete_hint'),
  html`<a class="button danger" href="/account/delete">${texts.get('delete_link')}</a>`,
)}
</section>`
  return accountPage(call, { place: '/account/data', title, content })
}
