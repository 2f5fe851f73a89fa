import { minPasswordLength } from '#src/credentials/passwords/password.ts'
import { type Html, html } from '#src/http/html.ts'
import { text } from '#src/http/text.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import type { Texts } from '#src/pages/texts.ts'
import { PasswordField } from '#src/users/fields.ts'

/** Forms are parsed loosely: errors are shown next to the fields. */
export const Typed = text({ min: 0, max: 2000 }).default('')
export const TypedPassword = PasswordField.default('')
/** The repeated password; absent if the page had no field for it. */
export const RepeatedPassword = PasswordField.optional()

/** Whether two fields differ. A page with scripts has only the first. */
export function isRepeatedWrongly(password: string, repeated: string | undefined): boolean {
  return repeated !== undefined && repeated !== password
}

/** One labelled input. */
type Field = {
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'email' | 'password'
  /** The `autocomplete` value of the HTML standard, for password managers. */
  readonly autocomplete: string
  /** The previous input. Passwords are never sent back. */
  readonly value?: string
  readonly hint?: string
  /** The `inputmode`: which keyboard a phone shows. */
  readonly inputMode?: 'numeric' | 'email'
  /** A new password, for which a script shows the strength. */
  readonly isNew?: boolean
  /** Only without scripts: a script can show the password, which is better than typing it twice. */
  readonly isRepeat?: boolean
  /** A link at the end of the label's line. */
  readonly aside?: Html
  readonly optional?: boolean
  /** Gets the focus if no field has an error. */
  readonly first?: boolean
}

/** A form with its fields, each with its error next to it. */
export function form(texts: Texts, parts: FormParts): Html {
  const { action, fields, errors, hidden, login, extra, button, after, keepsTyped } = parts
  const invalid = fields.find(({ name }) => errors?.fields[name] !== undefined)
  const focused = invalid ?? fields.find(({ first }) => first)
  const last = fields.findLast(({ isRepeat }) => !isRepeat)
  const inputs = fields.map((one) =>
    input(texts, one, { error: errors?.fields[one.name], isFocused: one === focused, isLast: one === last }),
  )
  // The browser would check one field at a time and in its own language; the server reports all at once.
  return html`${errors && alertBox(errors.alert)}
<form class="fields" method="post" action="${action}"${keepsTyped === true && html` id="typed"`} novalidate>
${Object.entries(hidden ?? {}).map(([name, value]) => hiddenInput(name, value))}
${login !== undefined && html`<input type="text" autocomplete="username" value="${login}" hidden readonly>`}
${inputs}
${extra}
<div class="buttons">${button}${after}</div>
</form>`
}

export type FormParts = {
  readonly action: string
  readonly fields: readonly Field[]
  readonly errors: FormErrors | undefined
  readonly hidden?: Readonly<Record<string, string | undefined>>
  /** The owner of the password, for password managers, which look for a login next to it. */
  readonly login?: string
  /** Where the page keeps what was typed when the language changes. */
  readonly keepsTyped?: boolean
  /** Stands between the fields and the button. */
  readonly extra?: Html
  readonly button: Html
  readonly after?: Html
}

export function submit(label: string): Html {
  return html`<button class="primary">${label}</button>`
}

/** A form that is one button. */
export function buttonForm(action: string, button: Html): Html {
  return html`<form method="post" action="${action}">${button}</form>`
}

/** The error message; screen readers announce it immediately. */
export function alertBox(sentence: string): Html {
  return html`<p class="note bad" role="alert">${sentence}</p>`
}

/** The result of a form. */
export function noticeBox(sentence: string | undefined): Html | undefined {
  return sentence === undefined ? undefined : html`<p class="note good" role="status">${sentence}</p>`
}

function hiddenInput(name: string, value: string | undefined): Html | undefined {
  return value === undefined ? undefined : html`<input type="hidden" name="${name}" value="${value}">`
}

type Place = { readonly error: string | undefined; readonly isFocused: boolean; readonly isLast: boolean }

function input(texts: Texts, field: Field, place: Place): Html {
  const { name, type, hint, aside } = field
  const { error } = place
  const described = [error && `${name}-problem`, hint && `${name}-hint`].filter(Boolean).join(' ')
  const optional = field.optional && html` <span class="muted">${texts.get('optional')}</span>`
  const attributes = [
    html` autocomplete="${field.autocomplete}"`,
    flags(field, place),
    described !== '' && html` aria-describedby="${described}"`,
    type === 'password' && secretTexts(texts, field),
  ]
  const control = html`<input id="${name}" name="${name}" type="${type}"${attributes}>`
  const shown = html`<div class="field">
<label for="${name}">${field.label}${optional}</label>
${error !== undefined && html`<p class="problem" id="${name}-problem">${error}</p>`}
${type === 'password' ? html`<div class="secret-box">${control}</div>` : control}
${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
${aside && html`<span class="beside">${aside}</span>`}
</div>`
  return field.isRepeat ? html`<noscript>${shown}</noscript>` : shown
}

function flags(field: Field, { error, isFocused, isLast }: Place): Html {
  const parts = [
    !field.optional && html` required`,
    field.inputMode && html` inputmode="${field.inputMode}"`,
    html` enterkeyhint="${isLast ? 'go' : 'next'}"`,
    isFocused && html` autofocus`,
    field.type !== 'password' && html` value="${field.value ?? ''}" autocapitalize="none" spellcheck="false"`,
    error !== undefined && html` aria-invalid="true"`,
  ]
  return html`${parts}`
}

/** The texts that the script shows about a password. */
function secretTexts(texts: Texts, { isNew }: Field): Html {
  const levels = ['short', 'weak', 'fair', 'strong'] as const
  const sentences = levels
    .map((level) => texts.get(`strength_${level}`, { min: minPasswordLength }))
    .join('|')
  const strength = isNew && html` data-strength="${sentences}" data-min="${minPasswordLength}"`
  return html` data-show="${texts.get('show')}" data-hide="${texts.get('hide')}"
 data-caps="${texts.get('caps_lock')}"${strength}`
}
