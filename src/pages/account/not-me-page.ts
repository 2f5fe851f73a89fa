import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { setting } from '#src/pages/components/setting.ts'
import { textsOf } from '#src/pages/texts.ts'

/** The steps to take, in order, after a sign-in that was not the user's. */
export function notMePage(call: Call, { hasPassword }: { hasPassword: boolean }): Answer {
  const texts = textsOf(call)
  const title = texts.get('secure_title')
  const link = (path: string, label: string, look = 'button') =>
    html`<a class="${look}" href="${path}">${label}</a>`
  const password = setting(
    texts.get('secure_password'),
    texts.get('secure_password_hint'),
    link('/account/password', texts.get('change_password'), 'button primary'),
  )
  const everywhere = setting(
    texts.get('sign_out_everywhere'),
    texts.get('secure_everywhere_hint'),
    link('/sign-out-everywhere', texts.get('sign_out_everywhere')),
  )
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('secure_lead')}</p>
${hasPassword ? password : everywhere}
${setting(
  texts.get('secure_factor'),
  texts.get('secure_factor_hint'),
  link('/account/security', texts.get('security')),
)}
${setting(
  texts.get('secure_devices'),
  texts.get('secure_devices_hint'),
  link('/account/devices', texts.get('devices_page')),
)}
</section>`
  return accountPage(call, { place: '/account/history', title, content })
}
