import { type Html, html } from '#src/http/html.ts'
import { setting } from '#src/pages/components/setting.ts'
import { buttonForm } from '#src/pages/form.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { User } from '#src/users/user.ts'

/** The actions of an administrator on a user. Destructive ones are apart, and have a confirmation page. */
export function actionsSection(texts: Texts, user: User): Html {
  const path = `/admin/users/${user.id}`
  const link = (action: string, label: string, isDanger = true) =>
    html`<a class="button small${isDanger && ' danger'}" href="${path}/${action}">${label}</a>`
  const button = (action: string, label: string) =>
    buttonForm(`${path}/${action}`, html`<button class="small">${label}</button>`)
  const actions = [
    setting(
      texts.get('sign_out_everywhere'),
      texts.get('sign_out_user_hint'),
      link('sign-out', texts.get('sign_out_everywhere'), false),
    ),
    setting(
      texts.get('reset_link'),
      texts.get('reset_link_hint'),
      link('reset-link', texts.get('create_link'), false),
    ),
    user.failedPasswords > 0 &&
      setting(texts.get('unlock_user'), texts.get('unlock_user_hint'), button('unlock', texts.get('unlock'))),
    user.state === 'disabled' &&
      setting(texts.get('enable_user'), texts.get('enable_user_hint'), button('enable', texts.get('enable'))),
  ]
  const dangers = [
    // An account that is being deleted could be restored by its owner until it is disabled.
    (user.state === 'active' || user.deletesAt !== undefined) &&
      setting(
        texts.get('disable_user'),
        texts.get('disable_user_hint'),
        link('disable', texts.get('disable')),
      ),
    setting(texts.get('delete_user'), texts.get('delete_user_hint'), link('delete', texts.get('delete'))),
  ]
  return html`<section class="sheet"><h2>${texts.get('actions')}</h2>${actions}</section>
<section class="sheet"><h2>${texts.get('danger_zone')}</h2>${dangers}</section>`
}
