import { type Html, html } from '#src/http/html.ts'
import { text } from '#src/http/text.ts'
import type { Problems } from '#src/pages/problems.ts'
import type { Texts } from '#src/pages/texts.ts'
import { PasswordField } from '#src/users/fields.ts'

/**
 * Forms are read loosely, since what is wrong with them is said beside the fields, in the reader's language.
 */
export const Typed = text({ min: 0, max: 2000 }).default('')
export const TypedPassword = PasswordField.default('')

/** One labelled input. */
type Field = {
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'email' | 'password'
  /** What a password manager may put here: a word of the HTML standard. */
  readonly autocomplete: string
  /** What was typed before. Passwords are never given back. */
  readonly value?: string
  readonly hint?: string
  /** Which keys a phone shows. */
  readonly inputMode?: 'numeric'
  readonly optional?: boolean
  /** The cursor waits here, where no field is wrong. */
  readonly first?: boolean
}

/** A form with its fields, each with what is wrong with it beside it. */
export function form(texts: Texts, parts: FormParts): Html {
  const { action, fields, problems, hidden, login, extra, button, after } = parts
  const wrong = fields.find(({ name }) => problems?.fields[name] !== undefined)
  const focused = wrong ?? fields.find(({ first }) => first)
  const inputs = fields.map((one) => input(texts, one, problems?.fields[one.name], one === focused))
  // The browser's own checks speak its own language, one field at a time; ours are shown with the form.
  return html`${problems && alert(problems.alert)}
<form class="fields" method="post" action="${action}" novalidate>
${Object.entries(hidden ?? {}).map(([name, value]) => concealed(name, value))}
${login !== undefined && html`<input type="text" autocomplete="username" value="${login}" hidden readonly>`}
${inputs}
${extra}
<div class="buttons">${button}${after}</div>
</form>`
}

type FormParts = {
  readonly action: string
  readonly fields: readonly Field[]
  readonly problems: Problems | undefined
  readonly hidden?: Readonly<Record<string, string | undefined>>
  /** Whose password it is: password managers look for a login beside it. */
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

/** What went wrong, told at once by a screen reader. */
function alert(sentence: string): Html {
  return html`<p class="note bad" role="alert">${sentence}</p>`
}

/** What has been done. */
export function notice(sentence: string | undefined): Html | undefined {
  return sentence === undefined ? undefined : html`<p class="note good" role="status">${sentence}</p>`
}

function concealed(name: string, value: string | undefined): Html | undefined {
  return value === undefined ? undefined : html`<input type="hidden" name="${name}" value="${value}">`
}

function input(texts: Texts, field: Field, problem: string | undefined, isFocused: boolean): Html {
  const { name, type, hint } = field
  const described = [problem && `${name}-problem`, hint && `${name}-hint`].filter(Boolean).join(' ')
  const flags = [
    !field.optional && html` required`,
    field.inputMode && html` inputmode="${field.inputMode}"`,
    isFocused && html` autofocus`,
    problem !== undefined && html` aria-invalid="true"`,
    described !== '' && html` aria-describedby="${described}"`,
    type !== 'password' && html` value="${field.value ?? ''}" autocapitalize="none" spellcheck="false"`,
  ]
  const optional = field.optional && html` <span class="muted">${texts.say('optional')}</span>`
  return html`<div class="field">
<label for="${name}">${field.label}${optional}</label>
${problem !== undefined && html`<p class="problem" id="${name}-problem">${problem}</p>`}
<input id="${name}" name="${name}" type="${type}" autocomplete="${field.autocomplete}"${flags}>
${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`
}
