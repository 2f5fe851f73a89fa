import type { Factors } from '#src/accounts/list-factors.ts'
import type { deviceOnWire } from '#src/credentials/trusted-devices/list.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { deviceCell, deviceName, momentCell } from '#src/pages/account/devices.ts'
import { buttonForm, noticeBox } from '#src/pages/form.ts'
import { type Column, table } from '#src/pages/table.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

type DeviceShown = ReturnType<typeof deviceOnWire>

type Shown = {
  readonly factors: Factors
  readonly hasPassword: boolean
  /** How many passkeys the user has. */
  readonly passkeys: number
  /** Whether the settings allow users to add a second factor. */
  readonly isOffered: boolean
  /** Whether letters reach the user, so that codes by mail can be a second factor. */
  readonly hasMail: boolean
  readonly devices: readonly DeviceShown[]
  readonly notice: string | undefined
}

/** Password, passkeys, second factors, recovery codes and trusted devices. */
export function securityPage(call: Call, shown: Shown): Answer {
  const { factors, passkeys, hasPassword, devices, notice } = shown
  const texts = textsFor(call.language)
  const isOn = factors.factors.length > 0
  const content = html`${noticeBox(notice)}
<section class="sheet">
<h1>${texts.get('security_title')}</h1>
<h2>${texts.get('password')}</h2>
${passwordRow(texts, hasPassword)}
</section>
${passkeyRow(texts, passkeys)}
${twoStepVerification(texts, shown)}
${isOn && recoveryCodes(texts, factors.recoveryCodesLeft)}
${isOn && trustedDevices(texts, devices)}`
  return accountPage(call, { place: '/account/security', title: texts.get('security_title'), content })
}

/** A user who has no password sets one with a letter, like somebody who forgot it. */
function passwordRow(texts: Texts, hasPassword: boolean): Html {
  const [hint, path, label] = hasPassword
    ? (['password_hint', '/account/password', 'change_password'] as const)
    : (['password_none', '/forgot-password', 'password_set_by_mail'] as const)
  return html`<p class="lead">${texts.get(hint)}</p>
<p class="buttons">${link(path, texts.get(label))}</p>`
}

function passkeyRow(texts: Texts, count: number): Html {
  return html`<section class="sheet">
<h2>${texts.get('passkeys')}</h2>
<p class="lead">${texts.get('passkeys_lead')}</p>
<p>${texts.get('passkeys_count', { count })}</p>
<p class="buttons">${link('/account/passkeys', texts.get('passkeys_confirm_button'))}</p>
</section>`
}

function twoStepVerification(texts: Texts, shown: Shown): Html {
  const { factors } = shown.factors
  const isOn = factors.length > 0
  const state = texts.get(isOn ? 'mfa_on' : 'mfa_not_on')
  return html`<section class="sheet">
<h2>${texts.get('mfa_title')} <span class="badge${!isOn && html` neutral`}">${state}</span></h2>
<p class="lead">${texts.get('mfa_hint')}</p>
${isOn && html`<dl class="facts">${factors.map((factor) => factorRow(texts, factor))}</dl>`}
${shown.isOffered ? offers(texts, shown) : !isOn && notOffered(texts)}
</section>`
}

function factorRow(texts: Texts, { method, name, addedAt }: Factors['factors'][number]): Html {
  const title = name ?? texts.get(`factor_name_${method}`)
  const label = texts.get('factor_remove_of', { factor: title })
  return html`<div><dt>${title}</dt>
<dd><span class="muted">${texts.get('totp_added_on', { day: texts.day(addedAt) })}</span>
<a class="button small" href="/account/security/${method}/remove"
 aria-label="${label}">${texts.get('totp_remove')}</a></dd></div>`
}

function notOffered(texts: Texts): Html {
  return html`<p class="muted">${texts.get('mfa_not_offered')}</p>`
}

/** What can be added. */
function offers(texts: Texts, { factors: { factors }, passkeys, hasMail }: Shown): Html {
  const has = new Set(factors.map(({ method }) => method))
  const askPasskey = html`<form method="post" action="/account/security/passkey">
<button>${texts.get('passkey_factor_add')}</button></form>`
  return html`<div class="buttons">
${!has.has('totp') && link('/account/security/totp', texts.get('totp_add'))}
${passkeys > 0 && !has.has('passkey') && askPasskey}
${hasMail && !has.has('email_code') && link('/account/security/email_code', texts.get('email_codes_add'))}
</div>`
}

function recoveryCodes(texts: Texts, left: number): Html {
  return html`<section class="sheet">
<h2>${texts.get('codes_title')}</h2>
<p class="lead">${texts.get('codes_hint')}</p>
<p>${texts.get('codes_left', { left })}</p>
<p class="buttons">${link('/account/security/recovery-codes', texts.get('codes_renew'))}</p>
</section>`
}

function trustedDevices(texts: Texts, devices: readonly DeviceShown[]): Html {
  const columns: Column<DeviceShown>[] = [
    { label: texts.get('device'), part: 'headline', cell: (device) => deviceCell(texts, device) },
    { label: texts.get('ip_address'), cell: (device) => html`<span class="address">${device.ip}</span>` },
    { label: texts.get('trusted_since'), cell: (device) => dayCell(texts, device.created_at) },
    { label: texts.get('last_used_at'), cell: (device) => momentCell(texts, device.last_used_at) },
    { label: texts.get('trusted_until'), cell: (device) => dayCell(texts, device.expires_at) },
    { label: texts.get('action'), part: 'action', cell: (device) => forgetButton(texts, device) },
  ]
  const list =
    devices.length === 0
      ? html`<p>${texts.get('devices_none')}</p>`
      : table(texts.get('devices_title'), columns, devices)
  return html`<section class="sheet">
<h2>${texts.get('devices_title')}</h2>
<p class="lead">${texts.get('devices_hint')}</p>
${list}
</section>`
}

function forgetButton(texts: Texts, device: DeviceShown): Html {
  const time = texts.moment(Date.parse(device.created_at))
  const label = texts.get('device_forget_of', { device: deviceName(texts, device), time })
  const button = html`<button class="small" aria-label="${label}">${texts.get('device_forget')}</button>`
  return buttonForm(`/account/security/devices/${device.id}/forget`, button)
}

function dayCell(texts: Texts, at: string): Html {
  return html`<time datetime="${at}">${texts.day(Date.parse(at))}</time>`
}

function link(path: string, label: string, look = 'button'): Html {
  return html`<a class="${look}" href="${path}">${label}</a>`
}
