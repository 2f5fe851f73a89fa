import type { passkeyOnWire } from '#src/credentials/passkeys/on-wire.ts'
import { type Html, html } from '#src/http/html.ts'
import { momentCell } from '#src/pages/account/devices.ts'
import { passkeyForm } from '#src/pages/passkey-form.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'

export type PasskeyShown = ReturnType<typeof passkeyOnWire>

type Shown = {
  readonly passkeys: readonly PasskeyShown[]
  /** Whether the session has the recent proof that changes need. */
  readonly canChange: boolean
}

/** The passkeys of an account, with the actions for each. */
export function passkeysSection(texts: Texts, { passkeys, canChange }: Shown): Html {
  const list = passkeyList(texts, { passkeys, canChange })
  return html`<section class="sheet">
<h1>${texts.get('passkeys')}</h1>
<p class="lead">${texts.get('passkeys_lead')}</p>
${passkeys.length > 0 ? list : html`<p>${texts.get('passkeys_none')}</p>`}
${canChange ? addForm(texts) : confirmLink(texts)}
<p class="aside"><a href="/account/security">${texts.get('passkeys_to_security')}</a></p>
</section>`
}

function passkeyList(texts: Texts, { passkeys, canChange }: Shown): Html {
  const columns: Column<PasskeyShown>[] = [
    { label: texts.get('passkey_name'), part: 'headline', cell: (one) => nameCell(texts, one, canChange) },
    { label: texts.get('passkey_added_at'), cell: (one) => momentCell(texts, one.created_at) },
    { label: texts.get('passkey_last_used_at'), cell: (one) => lastUsed(texts, one) },
  ]
  const action = { label: texts.get('action'), part: 'action', cell: removeLink } as const
  const all = canChange
    ? [...columns, { ...action, cell: (one: PasskeyShown) => removeLink(texts, one) }]
    : columns
  return table(texts.get('passkeys'), all, passkeys)
}

function nameCell(texts: Texts, { id, name, authenticator, synced }: PasskeyShown, canChange: boolean): Html {
  const about = [authenticator !== name && authenticator, synced && texts.get('passkey_synced')]
  const facts = about.filter((fact) => typeof fact === 'string').join(', ')
  const label = texts.get('passkey_rename_of', { name })
  const rename = html`<form class="rename" method="post" action="/account/passkeys/${id}/rename">
<input name="name" value="${name}" aria-label="${label}" maxlength="64" required autocomplete="off">
<button class="small" aria-label="${label}">${texts.get('passkey_rename')}</button>
</form>`
  return html`${canChange ? rename : name}${facts !== '' && html` <span class="muted">${facts}</span>`}`
}

function lastUsed(texts: Texts, { last_used_at }: PasskeyShown): Html {
  if (last_used_at !== null) return momentCell(texts, last_used_at)
  return html`<span class="muted">${texts.get('passkey_never_used')}</span>`
}

function removeLink(texts: Texts, { id, name }: PasskeyShown): Html {
  const label = texts.get('passkey_remove_of', { name })
  return html`<a class="button small" href="/account/passkeys/${id}/remove"
 aria-label="${label}">${texts.get('passkey_remove')}</a>`
}

function addForm(texts: Texts): Html {
  return html`${passkeyForm(texts, {
    kind: 'add',
    action: '/account/passkeys',
    options: '/account/passkeys/options',
    label: texts.get('passkey_add'),
    isPrimary: true,
  })}
<noscript><p class="hint">${texts.get('passkeys_need_scripts')}</p></noscript>`
}

function confirmLink(texts: Texts): Html {
  const label = texts.get('passkeys_confirm_button')
  return html`<p>${texts.get('passkeys_confirm')}</p>
<p class="buttons"><a class="button" href="/account/confirm?next=/account/passkeys">${label}</a></p>`
}
