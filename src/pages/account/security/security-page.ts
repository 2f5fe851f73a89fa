import type { Factors } from '#src/accounts/list-factors.ts'
import type { Safety } from '#src/accounts/safety.ts'
import type { deviceOnWire } from '#src/credentials/trusted-devices/list.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { deviceIcon, deviceTitle } from '#src/pages/account/device-rows.ts'
import { deviceName } from '#src/pages/account/devices.ts'
import { badge } from '#src/pages/components/badge.ts'
import { listRows } from '#src/pages/components/list-rows.ts'
import { setting } from '#src/pages/components/setting.ts'
import { agoText, timeAgo } from '#src/pages/components/time.ts'
import { buttonForm, noticeBox } from '#src/pages/form.ts'
import { type Texts, textsOf } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'

type DeviceShown = ReturnType<typeof deviceOnWire>

type Shown = {
  readonly factors: Factors
  readonly safety: Safety
  /** Whether the settings allow users to add a second factor. */
  readonly isOffered: boolean
  /** Whether the user can receive mail, so that codes by mail can be a second factor. */
  readonly hasMail: boolean
  /** Whether accounts elsewhere can be connected. */
  readonly hasProviders: boolean
  readonly devices: readonly DeviceShown[]
  readonly notice: string | undefined
  readonly now: Instant
}

/** The password and passkeys, the second factors, and the trusted devices, which skip them. */
export function securityPage(call: Call, shown: Shown): Answer {
  const { factors, safety, hasProviders, devices, notice, now } = shown
  const texts = textsOf(call)
  const isOn = factors.factors.length > 0
  const state = badge(isOn ? 'good' : 'neutral', texts.get(isOn ? 'mfa_on' : 'mfa_not_on'))
  const content = html`${noticeBox(notice)}
<section class="sheet">
<h1>${texts.get('security_title')}</h1>
${passwordRow(texts, safety, now)}
${setting(
  html`${texts.get('passkeys')} ${safety.passkeys > 0 && badge('good', String(safety.passkeys))}`,
  texts.get('passkeys_lead'),
  link('/account/passkeys', texts.get(safety.passkeys > 0 ? 'passkeys_confirm_button' : 'passkey_add')),
)}
${hasProviders && connectionsRow(texts)}
</section>
<section class="sheet">
<h2>${texts.get('mfa_title')} ${state}</h2>
<p class="lead">${texts.get('mfa_hint')}</p>
${factorRows(texts, shown)}
${isOn && codesRow(texts, factors.recoveryCodesLeft)}
</section>
${isOn && trustedDevices(texts, devices, now)}`
  return accountPage(call, { place: '/account/security', title: texts.get('security_title'), content })
}

/** A user who has no password sets one by email, like a user who forgot it. */
function passwordRow(texts: Texts, { hasPassword, passwordChangedAt }: Safety, now: Instant): Html {
  if (!hasPassword) {
    const set = link('/forgot-password', texts.get('password_set_by_mail'))
    return setting(texts.get('password'), texts.get('password_not_set'), set)
  }
  const changed =
    passwordChangedAt && texts.get('password_changed_ago', { ago: agoText(texts, passwordChangedAt, now) })
  return setting(
    texts.get('password'),
    html`${changed && html`${changed}. `}${texts.get('password_hint')}`,
    link('/account/password', texts.get('change_password')),
  )
}

function connectionsRow(texts: Texts): Html {
  return setting(
    texts.get('connections'),
    texts.get('connections_lead'),
    link('/account/connections', texts.get('connections_manage')),
  )
}

/** The second factors that the user has, and those that can be added. */
function factorRows(texts: Texts, { factors: { factors }, safety, isOffered, hasMail }: Shown) {
  const has = new Set(factors.map(({ method }) => method))
  const askPasskey = buttonForm(
    '/account/security/passkey',
    html`<button>${texts.get('passkey_factor_add')}</button>`,
  )
  const offers = isOffered && [
    !has.has('totp') && offer(texts, 'totp', link('/account/security/totp', texts.get('totp_add'))),
    safety.passkeys > 0 && !has.has('passkey') && offer(texts, 'passkey', askPasskey),
    hasMail &&
      !has.has('email_code') &&
      offer(texts, 'email_code', link('/account/security/email_code', texts.get('email_codes_add'))),
  ]
  const notOffered = html`<p class="muted">${texts.get('mfa_not_offered')}</p>`
  return [
    ...factors.map((factor) => factorRow(texts, factor)),
    offers || (factors.length === 0 && notOffered),
  ]
}

type Method = Factors['factors'][number]['method']

function offer(texts: Texts, method: Method, action: Html): Html {
  return setting(texts.get(`factor_name_${method}`), method === 'totp' ? texts.get('totp_lead') : '', action)
}

function factorRow(texts: Texts, { method, name, addedAt }: Factors['factors'][number]): Html {
  const title = name ?? texts.get(`factor_name_${method}`)
  const remove = html`<a class="button" href="/account/security/${method}/remove"
 aria-label="${texts.get('factor_remove_of', { factor: title })}">${texts.get('totp_remove')}</a>`
  return setting(title, texts.get('totp_added_on', { day: texts.day(addedAt) }), remove)
}

function codesRow(texts: Texts, left: number): Html {
  const state = badge(left < 3 ? 'warn' : 'neutral', texts.get('codes_left', { left }))
  return setting(
    html`${texts.get('codes_title')} ${state}`,
    texts.get('codes_hint'),
    link('/account/security/recovery-codes', texts.get('codes_renew')),
  )
}

function trustedDevices(texts: Texts, devices: readonly DeviceShown[], now: Instant): Html {
  const rows = devices.map((device) => ({
    icon: deviceIcon(device),
    title: deviceTitle(texts, device),
    meta: html`<span class="address">${device.ip}</span> · ${texts.get('active')}
${timeAgo(texts, Date.parse(device.last_used_at), now)} · ${texts.get('trusted_until')}
${texts.day(Date.parse(device.expires_at))}`,
    action: forgetButton(texts, device),
  }))
  return html`<section class="sheet">
<h2>${texts.get('devices_title')}</h2>
<p class="lead">${texts.get(rows.length > 0 ? 'devices_hint' : 'devices_none')}</p>
${rows.length > 0 && listRows(texts.get('devices_title'), rows)}
</section>`
}

function forgetButton(texts: Texts, device: DeviceShown): Html {
  const time = texts.moment(Date.parse(device.created_at))
  const label = texts.get('device_forget_of', { device: deviceName(texts, device), time })
  const button = html`<button class="small" aria-label="${label}">${texts.get('device_forget')}</button>`
  return buttonForm(`/account/security/devices/${device.id}/forget`, button)
}

function link(path: string, label: string, look = 'button'): Html {
  return html`<a class="${look}" href="${path}">${label}</a>`
}
