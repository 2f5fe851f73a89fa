import { type Html, html } from '#src/http/html.ts'
import { text } from '#src/http/text.ts'
import type { Texts } from '#src/pages/texts.ts'
import { jsonIn } from '#src/platform/json.ts'

/** The response of the browser, as JSON in a field of the form. */
export const PasskeyResponse = text({ min: 0, max: 60_000 }).default('')

export function passkeyResponseIn(field: string): unknown {
  return jsonIn(field)
}

/** For forms with a password or a code. The script fills it in where the device can hold a passkey. */
export const canPasskeyField = html`<input type="hidden" name="can_passkey" value="" data-can-passkey>`

type Parts = {
  readonly kind: 'sign-in' | 'sign-up' | 'confirm' | 'add'
  readonly action: string
  /** The URL of the options for the ceremony. */
  readonly options: string
  readonly next?: string | undefined
  /** The same for a passkey that the browser may add without a prompt. */
  readonly unasked?: string
  /** The fields of the form above that are sent too. */
  readonly copied?: readonly string[]
  readonly label: string
  readonly isPrimary?: boolean
  /** Shown next to the button. */
  readonly after?: Html | undefined
}

/** A form that `assets/passkeys.js` shows and sends. It stays hidden without scripts or passkey support. */
export function passkeyForm(texts: Texts, parts: Parts): Html {
  const { kind, action, options, unasked, next, copied = [], label, isPrimary, after } = parts
  const sentences = html`data-cancelled="${texts.get('passkey_cancelled')}"
 data-exists="${texts.get('passkey_exists')}" data-domain="${texts.get('passkey_domain')}"
 data-unsupported="${texts.get('passkey_unsupported')}" data-failed="${texts.get('passkey_failed')}"`
  return html`<form class="passkey" method="post" action="${action}" hidden
 data-passkey="${kind}" data-options="${options}"${
   unasked !== undefined && html` data-unasked="${unasked}"`
 } ${sentences}>
<p class="note bad" role="alert" hidden></p>
<input type="hidden" name="response" value="">
${copied.map((name) => html`<input type="hidden" name="${name}" value="" data-copied>`)}
${next !== undefined && html`<input type="hidden" name="next" value="${next}">`}
<button type="button" class="${isPrimary ? 'primary' : 'secondary'}">${label}</button>${after}
</form>`
}

type Confirmation = {
  readonly action: string
  readonly next: string | undefined
  readonly isPrimary: boolean
}

/** The button that proves a passkey as a further factor. Its options are at `/options` below the action. */
export function confirmWithPasskey(texts: Texts, { action, next, isPrimary }: Confirmation): Html {
  const label = texts.get('passkey_confirm')
  const button = passkeyForm(texts, {
    kind: 'confirm',
    action,
    options: `${action}/options`,
    next,
    label,
    isPrimary,
  })
  const hint = html`<noscript><p class="hint">${texts.get('passkeys_need_scripts')}</p></noscript>`
  return html`${button}${isPrimary && hint}`
}
