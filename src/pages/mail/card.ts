import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Child, html } from '#src/http/html.ts'
import { type FormParts, form, noticeBox } from '#src/pages/form.ts'
import { answerPage } from '#src/pages/layout.ts'
import { textsFor } from '#src/pages/texts.ts'

type Card = {
  readonly title: string
  readonly lead: string
  readonly notice?: string | undefined
  /** Above the form. */
  readonly before?: Child
  readonly form?: FormParts
  /** Below the form. */
  readonly aside?: Child
  readonly scripts?: readonly string[]
}

/** A page with one form and a way back to the sign-in. */
export function cardPage(call: Call, card: Card): Answer {
  const { title, lead, notice, before, form: parts, aside, scripts } = card
  const texts = textsFor(call.language)
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${lead}</p>
${noticeBox(notice)}
${before}
${parts && form(texts, parts)}
${aside}
<p class="aside"><a href="/sign-in">${texts.get('back_to_sign_in')}</a></p>
</section>`
  const errors = parts?.errors
  return answerPage(call, {
    status: 200,
    title,
    shape: 'card',
    content,
    keepsTyped: parts?.keepsTyped === true,
    errors,
    ...(scripts && { scripts }),
  })
}
