import { type Html, html } from '#src/http/html.ts'
import { text } from '#src/http/text.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import type { Texts } from '#src/pages/texts.ts'
import { PasswordField } from '#src/users/fields.ts'

/** Forms are parsed loosely: what is wrong is shown beside the fields. */
export const Typed = text({ min: 0, max: 2000 }).default('')
export const TypedPassword = PasswordField.default('')

/** One labelled input. */
type Field = {
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'email' | 'password'
  /** What a password manager may fill in, as the HTML standard names it. */
  readonly autocomplete: string
  /** The previous input. Passwords are never sent back. */
  readonly value?: string
  readonly hint?: string
  /** Which keys a phone shows. */
  readonly inputMode?: 'numeric'
  readonly optional?: boolean
  /** Has the focus where no field is wrong. */
  readonly first?: boolean
}

/** A form with its fields, each with its error beside it. */
export function form(texts: Texts, parts: FormParts): Html {
  const { action, fields, errors, hidden, login, extra, button, after } = parts
  const invalid = fields.find(({ name }) => errors?.fields[name] !== undefined)
  const focused = invalid ?? fields.find(({ first }) => first)
  const inputs = fields.map((one) => input(texts, one, errors?.fields[one.name], one === focused))
  // The browser would check one field at a time and in its own language; the server reports all at once.
  return html`${errors && alertBox(errors.alert)}
<form class="fields" method="post" action="${action}" novalidate>
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
  /** The owner of the password, for password managers, which look for a login beside it. */
  readonly login?: string
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

/** What went wrong; screen readers announce it at once. */
export function alertBox(sentence: string): Html {
  return html`<p class="note bad" role="alert">${sentence}</p>`
}

/** What a form has done. */
export function noticeBox(sentence: string | undefined): Html | undefined {
  return sentence === undefined ? undefined : html`<p class="note good" role="status">${sentence}</p>`
}

function hiddenInput(name: string, value: string | undefined): Html | undefined {
  return value === undefined ? undefined : html`<input type="hidden" name="${name}" value="${value}">`
}

function input(texts: Texts, field: Field, error: string | undefined, isFocused: boolean): Html {
  const { name, type, hint } = field
  const described = [error && `${name}-problem`, hint && `${name}-hint`].filter(Boolean).join(' ')
  const flags = [
    !field.optional && html` required`,
    field.inputMode && html` inputmode="${field.inputMode}"`,
    isFocused && html` autofocus`,
    error !== undefined && html` aria-invalid="true"`,
    described !== '' && html` aria-describedby="${described}"`,
    type !== 'password' && html` value="${field.value ?? ''}" autocapitalize="none" spellcheck="false"`,
  ]
  const optional = field.optional && html` <span class="muted">${texts.get('optional')}</span>`
  return html`<div class="field">
<label for="${name}">${field.label}${optional}</label>
${error !== undefined && html`<p class="problem" id="${name}-problem">${error}</p>`}
<input id="${name}" name="${name}" type="${type}" autocomplete="${field.autocomplete}"${flags}>
${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`
}
