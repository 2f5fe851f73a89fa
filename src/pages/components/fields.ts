import { type Child, type Html, html } from '#src/http/html.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'

type Common = {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly errors: FormErrors | undefined
}

/** A field of several lines. */
export function textArea(field: Common & { readonly value: string; readonly rows?: number }): Html {
  const { name, value, rows = 3 } = field
  return labelled(
    field,
    (attributes) => html`<textarea id="${name}" name="${name}" rows="${rows}" autocapitalize="none"
 spellcheck="false"${attributes}>
${value}</textarea>`,
  )
}

/** A field of one line that may stay empty. */
export function textLine(field: Common & { readonly value: string }): Html {
  const { name, value } = field
  return labelled(
    field,
    (attributes) => html`<input id="${name}" name="${name}" type="text" value="${value}" autocomplete="off"
 autocapitalize="none" spellcheck="false"${attributes}>`,
  )
}

/** A checkbox, with its explanation below. */
export function checkbox(box: Omit<Common, 'errors'> & { readonly isChecked: boolean }): Html {
  const { name, label, hint, isChecked } = box
  const described = hint !== undefined && html` aria-describedby="${name}-hint"`
  return html`<div class="check"><input id="${name}" name="${name}" type="checkbox" value="yes"${
    isChecked && html` checked`
  }${described}>
<div><label for="${name}">${label}</label>${
    hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`
  }</div></div>`
}

type Radio = { readonly value: string; readonly label: string; readonly hint: string }

/** One choice of several, each with its explanation. */
export function radios(group: Common & { readonly value: string; readonly options: readonly Radio[] }): Html {
  const { name, label, value, options, errors } = group
  const error = errors?.fields[name]
  const rows = options.map((one, index) => {
    const id = `${name}-${index}`
    return html`<div class="check"><input id="${id}" name="${name}" type="radio" value="${one.value}"${
      one.value === value && html` checked`
    } aria-describedby="${id}-hint"><div><label for="${id}">${one.label}</label>
<p class="hint" id="${id}-hint">${one.hint}</p></div></div>`
  })
  return html`<fieldset class="field"><legend>${label}</legend>
${error !== undefined && html`<p class="problem">${error}</p>`}${rows}</fieldset>`
}

/** Checkboxes under one heading. */
export function boxes(legend: string, hint: string, content: Child): Html {
  return html`<fieldset class="field"><legend>${legend}</legend><p class="hint">${hint}</p>
${content}</fieldset>`
}

function labelled({ name, label, hint, errors }: Common, control: (attributes: Html) => Html): Html {
  const error = errors?.fields[name]
  const described = [error && `${name}-problem`, hint && `${name}-hint`].filter(Boolean).join(' ')
  const attributes = html`${error !== undefined && html` aria-invalid="true"`}${
    described !== '' && html` aria-describedby="${described}"`
  }`
  return html`<div class="field"><label for="${name}">${label}</label>
${error !== undefined && html`<p class="problem" id="${name}-problem">${error}</p>`}
${control(attributes)}
${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}</div>`
}
