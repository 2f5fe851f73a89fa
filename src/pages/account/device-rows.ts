import { type Html, html } from '#src/http/html.ts'
import { deviceName } from '#src/pages/account/devices.ts'
import type { RowIcon } from '#src/pages/components/row-icons.ts'
import type { Texts } from '#src/pages/texts.ts'
import { type DeviceKind, deviceKindOf } from '#src/sessions/on-wire.ts'

type Device = {
  readonly browser: string | null
  readonly system: string | null
  readonly user_agent: string
}

const icons: Readonly<Record<DeviceKind, RowIcon>> = {
  desktop: 'desktop',
  phone: 'phone',
  tablet: 'tablet',
  program: 'terminal',
}

export function deviceIcon({ user_agent }: Pick<Device, 'user_agent'>): RowIcon {
  return icons[deviceKindOf(user_agent)]
}

/** The browser and the system; for an unknown client its user agent, truncated. */
export function deviceTitle(texts: Texts, device: Device): Html {
  if (device.browser !== null || device.user_agent === '') return html`${deviceName(texts, device)}`
  return html`<span class="claim">${device.user_agent.slice(0, 80)}</span>`
}
