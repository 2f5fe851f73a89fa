import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { answerPage, type Page } from '#src/pages/layout.ts'
import type { MessageKey } from '#src/pages/messages/en.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

const places = {
  '/account': 'account',
  '/account/profile': 'profile',
  '/account/security': 'security',
  '/account/devices': 'devices_page',
  '/account/history': 'history',
  '/account/apps': 'apps_page',
  '/account/data': 'data_page',
} as const satisfies Record<string, MessageKey>

export type Place = keyof typeof places

/** A page of the account, with links to the others. */
export function accountPage(call: Call, { place, title, content, errors, scripts }: AccountPage): Answer {
  const texts = textsFor(call.language)
  const shown: Page = {
    status: 200,
    errors,
    title,
    shape: 'area',
    navigation: navigation(texts, place),
    content,
    ...(scripts ? { scripts } : {}),
  }
  return answerPage(call, shown)
}

type AccountPage = {
  readonly place: Place | undefined
  readonly title: string
  readonly content: Html
  readonly errors?: FormErrors | undefined
  readonly scripts?: readonly string[]
}

function navigation(texts: Texts, here: Place | undefined): Html {
  const links = Object.entries(places).map(
    ([path, label]) =>
      html`<li><a href="${path}"${path === here && html` aria-current="page"`}>${texts.get(label)}</a></li>`,
  )
  return html`<nav class="side" aria-label="${texts.get('pages')}"><ul>${links}</ul></nav>`
}
