import { type Html, html } from '#src/http/html.ts'
import { withNext } from '#src/pages/next.ts'
import { lastUsedBadge } from '#src/pages/sign-in/last-method.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Settings } from '#src/settings/settings.ts'

/** The buttons of identity providers, below the form; nothing if there are none. */
export function providerButtons(
  texts: Texts,
  { providers }: Pick<Settings, 'providers'>,
  next: string | undefined,
  lastMethod?: string,
): Html | undefined {
  if (providers.length === 0) return undefined
  const links = providers.map(({ name, title }) => {
    const label = texts.get('continue_with', { provider: title })
    const last = lastMethod === `provider:${name}` && lastUsedBadge(texts)
    const path = withNext(startPath(name), next)
    return html`<div class="way"><a class="button" href="${path}">${label}</a>${last}</div>`
  })
  return html`${links}`
}

function startPath(name: string): string {
  return `/api/v1/auth/providers/${name}/start`
}
