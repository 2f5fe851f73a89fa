import type { Factors } from '#src/accounts/list-factors.ts'
import type { deviceOnWire } from '#src/credentials/trusted-devices/list.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { deviceCell, deviceName, momentCell } from '#src/pages/account/devices.ts'
import { buttonForm, notice } from '#src/pages/form.ts'
import { type Column, table } from '#src/pages/table.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

type DeviceShown = ReturnType<typeof deviceOnWire>

type Shown = {
  readonly factors: Factors
  /** Whether the settings let anybody add a second factor. */
  readonly isOffered: boolean
  readonly devices: readonly DeviceShown[]
  readonly said: string | undefined
}

/** Password, second factors and trusted devices, each with the one thing to do about it. */
export function securityPage(call: Call, { factors, isOffered, devices, said }: Shown): Answer {
  const texts = textsFor(call.language)
  const isOn = factors.factors.length > 0
  const content = html`${notice(said)}
<section class="sheet">
<h1>${texts.say('security_title')}</h1>
<h2>${texts.say('password')}</h2>
<p class="lead">${texts.say('password_hint')}</p>
<p class="buttons">${link('/account/password', texts.say('change_password'))}</p>
</section>
${twoSteps(texts, factors, isOffered)}
${isOn && recoveryCodes(texts, factors.recoveryCodesLeft)}
${isOn && trustedDevices(texts, devices)}`
  return accountPage(call, { place: '/account/security', title: texts.say('security_title'), content })
}

function twoSteps(texts: Texts, { factors }: Factors, isOffered: boolean): Html {
  const isOn = factors.length > 0
  const rows = factors.map(
    ({ name, addedAt }) => html`<div><dt>${name ?? texts.say('totp_unnamed')}</dt>
<dd><span class="muted">${texts.say('totp_added_on', { day: texts.day(addedAt) })}</span></dd></div>`,
  )
  const remove = link('/account/security/totp/remove', texts.say('totp_remove'), 'button danger')
  const add = link('/account/security/totp', texts.say('totp_add'))
  const offered = isOffered
    ? html`<p class="buttons">${add}</p>`
    : html`<p class="muted">${texts.say('mfa_not_offered')}</p>`
  const state = texts.say(isOn ? 'mfa_on' : 'mfa_not_on')
  return html`<section class="sheet">
<h2>${texts.say('mfa_title')} <span class="badge${!isOn && html` neutral`}">${state}</span></h2>
<p class="lead">${texts.say('mfa_hint')}</p>
${isOn ? html`<dl class="facts">${rows}</dl><p class="buttons">${remove}</p>` : offered}
</section>`
}

function recoveryCodes(texts: Texts, left: number): Html {
  return html`<section class="sheet">
<h2>${texts.say('codes_title')}</h2>
<p class="lead">${texts.say('codes_hint')}</p>
<p>${texts.say('codes_left', { left })}</p>
<p class="buttons">${link('/account/security/recovery-codes', texts.say('codes_renew'))}</p>
</section>`
}

function trustedDevices(texts: Texts, devices: readonly DeviceShown[]): Html {
  const columns: Column<DeviceShown>[] = [
    { label: texts.say('device'), part: 'headline', cell: (one) => deviceCell(texts, one) },
    { label: texts.say('address'), cell: (one) => html`<span class="address">${one.ip}</span>` },
    { label: texts.say('trusted_since'), cell: (one) => dayCell(texts, one.created_at) },
    { label: texts.say('last_used_at'), cell: (one) => momentCell(texts, one.last_used_at) },
    { label: texts.say('trusted_until'), cell: (one) => dayCell(texts, one.expires_at) },
    { label: texts.say('action'), part: 'action', cell: (one) => forgetButton(texts, one) },
  ]
  const list =
    devices.length === 0
      ? html`<p>${texts.say('devices_none')}</p>`
      : table(texts.say('devices_title'), columns, devices)
  return html`<section class="sheet">
<h2>${texts.say('devices_title')}</h2>
<p class="lead">${texts.say('devices_hint')}</p>
${list}
</section>`
}

function forgetButton(texts: Texts, device: DeviceShown): Html {
  const time = texts.moment(Date.parse(device.created_at))
  const label = texts.say('device_forget_of', { device: deviceName(texts, device), time })
  const button = html`<button class="small" aria-label="${label}">${texts.say('device_forget')}</button>`
  return buttonForm(`/account/security/devices/${device.id}/forget`, button)
}

function dayCell(texts: Texts, at: string): Html {
  return html`<time datetime="${at}">${texts.day(Date.parse(at))}</time>`
}

function link(path: string, label: string, look = 'button'): Html {
  return html`<a class="${look}" href="${path}">${label}</a>`
}
