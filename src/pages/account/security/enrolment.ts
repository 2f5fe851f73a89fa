import type { Enrolment } from '#src/credentials/totp/enrol.ts'
import { type Html, html, svg } from '#src/http/html.ts'
import { form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { FurtherKind } from '#src/users/factor.ts'

type Shown = {
  readonly enrolment: Enrolment
  readonly action: string
  readonly hidden?: Readonly<Record<string, string | undefined>>
  readonly errors: FormErrors | undefined
  readonly after: Html
}

/** The QR code, the key as text, and the field for the first code. */
export function enrolmentForm(texts: Texts, { enrolment, action, hidden, errors, after }: Shown): Html {
  const groups = enrolment.secret.match(/.{1,4}/g)?.join(' ') ?? ''
  return html`<p>${texts.get('totp_scan')}</p>
<div class="qr" aria-hidden="true">${svg(enrolment.qrSvg)}</div>
<p class="secret"><code>${groups}</code></p>
${form(texts, {
  action,
  errors,
  ...(hidden ? { hidden } : {}),
  fields: [codeField(texts.get('totp_code'), texts.get('totp_code_hint'))],
  button: submit(texts.get('totp_confirm')),
  after,
})}`
}

/** A field for a code of six digits. Phones show the number keys and can fill it in. */
export function codeField(label: string, hint?: string) {
  return {
    name: 'code',
    label,
    type: 'text',
    autocomplete: 'one-time-code',
    inputMode: 'numeric',
    first: true,
    ...(hint === undefined ? {} : { hint }),
  } as const
}

export function recoveryCodeField(label: string) {
  return { name: 'code', label, type: 'text', autocomplete: 'off', first: true } as const
}

/** The text of the link to another method. */
export function otherMethod(texts: Texts, method: FurtherKind): string {
  return texts.get(`factor_use_${method}`)
}
