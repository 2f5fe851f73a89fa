import { type Html, html } from '#src/http/html.ts'
import type { Texts } from '#src/pages/texts.ts'

type Device = {
  readonly browser: string | null
  readonly system: string | null
  readonly user_agent: string
}

/** The browser and the system. For an unknown client its user agent, truncated. */
export function deviceCell(texts: Texts, device: Device): Html {
  const isKnown = device.browser !== null || device.user_agent === ''
  const claim = isKnown ? undefined : html`<span class="claim">${device.user_agent.slice(0, 120)}</span>`
  return html`<span class="device">${deviceName(texts, device)}</span>${claim}`
}

export function deviceName(texts: Texts, { browser, system }: Device): string {
  if (browser === null) return system ?? texts.get('unknown_device')
  return system === null ? browser : texts.get('device_on', { browser, system })
}

/** A readable time, with the exact one in the attribute. */
export function momentCell(texts: Texts, at: string): Html {
  return html`<time datetime="${at}">${texts.moment(Date.parse(at))}</time>`
}
