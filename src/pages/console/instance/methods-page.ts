import { type Html, html } from '#src/http/html.ts'
import { badge } from '#src/pages/components/badge.ts'
import { codeBlock } from '#src/pages/components/code-block.ts'
import { settingRow } from '#src/pages/console/instance/instance-pages.ts'
import type { ConsoleKey } from '#src/pages/messages/console-en.ts'
import type { TextKey, Texts } from '#src/pages/texts.ts'
import { describeSettings } from '#src/settings/describe.ts'
import type { Provider } from '#src/settings/providers.ts'
import type { ShownSetting } from '#src/settings/settings.ts'

export type Method = {
  readonly title: TextKey
  readonly hint: ConsoleKey
  readonly isOn: boolean
  /** The settings that control it. */
  readonly settings: readonly string[]
}

type Shown = {
  readonly methods: readonly Method[]
  readonly settings: readonly ShownSetting[]
  readonly providers: readonly (Provider & { readonly callbackUrl: string })[]
}

/** The ways in which users can sign in, and the settings that control them. */
export function methodsContent(texts: Texts, { methods, settings, providers }: Shown): Html {
  const sections = methods.map((method) => section(texts, method, settings))
  return html`<div class="head"><h1>${texts.get('sign_in_methods')}</h1></div>
<p class="hint">${texts.get('sign_in_methods_hint')}</p>
${sections}${providersSection(texts, providers)}`
}

function section(texts: Texts, method: Method, settings: readonly ShownSetting[]): Html {
  const { title, hint, isOn } = method
  const described = new Map(describeSettings().map(({ name, description }) => [name, description]))
  const rows = settings
    .filter(({ name }) => method.settings.includes(name))
    .map((one) => settingRow(texts, one, described.get(one.name)))
  const state = badge(isOn ? 'good' : 'neutral', texts.get(isOn ? 'method_on' : 'method_off'))
  return html`<section class="sheet settings"><div class="head"><h2>${texts.get(title)}</h2>${state}</div>
<p class="hint">${texts.get(hint)}</p>${rows}</section>`
}

function providersSection(texts: Texts, providers: Shown['providers']): Html {
  const rows = providers.map(
    ({ title, name, clientId, emailTrust, callbackUrl }) =>
      html`<h3>${title} <code>${name}</code></h3>
<p class="hint">${texts.get('client_id')}: <code>${clientId}</code> ·
${texts.get('email_trust')}: ${texts.get(`email_trust_${emailTrust}`)}</p>
<p>${texts.get('callback_url')}</p>${codeBlock(`${texts.get('callback_url')}: ${title}`, callbackUrl)}`,
  )
  const isOn = providers.length > 0
  const state = badge(isOn ? 'good' : 'neutral', texts.get(isOn ? 'method_on' : 'method_off'))
  return html`<section class="sheet snippets">
<div class="head"><h2>${texts.get('providers')}</h2>${state}</div>
<p class="hint">${texts.get('providers_hint')}</p>${rows}</section>`
}
