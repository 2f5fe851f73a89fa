import { type Html, html } from '#src/http/html.ts'
import { withNext } from '#src/pages/next.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Settings } from '#src/settings/settings.ts'

/** The ways to sign in with an account elsewhere, below the form; nothing where there are none. */
export function providerButtons(
  texts: Texts,
  { providers }: Pick<Settings, 'providers'>,
  next: string | undefined,
): Html | undefined {
  if (providers.length === 0) return undefined
  const links = providers.map(({ name, title }) => {
    const label = texts.get('continue_with', { provider: title })
    return html`<a class="button" href="${withNext(startPath(name), next)}">${label}</a>`
  })
  return html`<p class="aside">${texts.get('or_with_provider')}</p>
<div class="buttons">${links}</div>`
}

function startPath(name: string): string {
  return `/api/v1/auth/providers/${name}/start`
}
