import type { Language } from '#src/errors/error-codes.ts'
import { type Answer, page, withHeaders } from '#src/http/answer.ts'
import type { Call, Caller, Site } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { consoleStylesheet, pageScript, stylesheet } from '#src/pages/assets.ts'
import { mayOpenConsole } from '#src/pages/console/places.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { hereOf } from '#src/pages/next.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

export type Page = {
  readonly status: number
  readonly title: string
  /** A form in the middle of the screen, a page of the account or the reference, or one of the console. */
  readonly shape: 'card' | 'area' | 'reference' | 'console'
  /** Links to the other pages of the account or the console, next to the content. */
  readonly navigation?: Html
  readonly content: Html
  readonly headers?: Record<string, string>
  /** The errors of the form: they decide the status and the headers, and the title begins with "Error". */
  readonly errors?: FormErrors | undefined
  /** Whether the form with the id `typed` keeps its fields when the language changes without scripts. */
  readonly keepsTyped?: boolean
  /** Modules that the page loads in addition to the common one. They may call this server. */
  readonly scripts?: readonly string[]
  /** Stylesheets that only some pages need. */
  readonly styles?: readonly string[]
  /** Additional `form-action` sources: where forms of this page may redirect besides our own pages. */
  readonly formTargets?: readonly string[]
}

/** Only our own stylesheets, scripts, images and form targets: injected markup could not do anything. */
function policyOf({ scripts, formTargets = [] }: Page): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    ["form-action 'self'", ...formTargets].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
    // The calls that modules make to this server.
    ...(scripts ? ["connect-src 'self'"] : []),
  ].join('; ')
}

const protections = {
  'x-content-type-options': 'nosniff',
  // The URL of a page may contain the visitor's destination, which must not leak to other sites.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

export function answerPage(call: Call, shown: Page): Answer {
  const texts = textsFor(call.language)
  const body = `<!doctype html>\n${document(call, texts, shown)}`
  const { status, headers } = shown.errors ?? shown
  return withHeaders(page(status, body, headers), {
    ...protections,
    'content-security-policy': policyOf(shown),
    'content-language': call.language,
    vary: 'Accept-Language, Cookie',
  })
}

function document(call: Call, texts: Texts, shown: Page): Html {
  const { shape, navigation, content, scripts = [], styles = [], errors } = shown
  const { site, zone } = call
  const title = errors ? texts.get('error_page', { title: shown.title }) : shown.title
  const ofConsole = shape === 'console' ? consoleStylesheet : undefined
  const sheets = [stylesheet, ofConsole, site.colors, ...styles].filter((path) => path !== undefined)
  return html`<html lang="${texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${site.name}</title>
${sheets.map((path) => html`<link rel="stylesheet" href="${path}">\n`)}<link rel="icon" href="${site.icon}">
${[pageScript, ...scripts].map((path) => html`<script type="module" src="${path}"></script>\n`)}</head>
<body class="${shape}" data-zone="${zone}">
<a class="skip" href="#content">${texts.get('skip')}</a>
<header class="top">
<a class="brand" href="/">${brand(site)}</a>
${call.caller && visitorLinks(call.caller, texts, shape)}
</header>
<div class="frame">
${navigation}
<main id="content">
${wrongAddress(call, texts)}
${content}
</main>
</div>
<footer class="bottom">${siteLinks(site, texts)}${languageSwitch(call, texts, shown)}</footer>
</body>
</html>
`
}

function brand({ logo, name }: Site): Html {
  if (logo === undefined) return html`${mark}<span>${name}</span>`
  return html`<img src="${logo}" alt="" height="28"><span>${name}</span>`
}

const mark = html`<svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect
 width="32" height="32" rx="8"/><path d="M20.8 11.3c-.9-1.5-2.6-2.4-4.8-2.4-2.8 0-4.8 1.4-4.8 3.5 0 4.9 9.8
 2.3 9.8 7.3 0 2.1-2.1 3.5-5 3.5-2.3 0-4.2-.9-5.1-2.5"/></svg>`

/** Forms sent from a URL other than the public one are rejected, so the page warns in advance. */
function wrongAddress({ opened, site, path, method }: Call, texts: Texts): Html | undefined {
  if (opened === undefined || method !== 'GET' || URL.parse(opened)?.host === URL.parse(site.url)?.host)
    return undefined
  return html`<p class="note warn">${texts.get('wrong_address', { opened })}
<a href="${site.url}${path}">${site.url}</a></p>`
}

function siteLinks({ links }: Site, texts: Texts): Html | undefined {
  const shown = Object.entries(links).filter(([, url]) => url !== undefined)
  if (shown.length === 0) return undefined
  const items = shown.map(([name, url]) => {
    const label = texts.get(`site_${name as keyof Site['links']}`)
    return html`<a href="${url}" rel="noopener">${label}</a>`
  })
  return html`<nav aria-label="${texts.get('site_links')}">${items}</nav>`
}

/** Links to the other area that the visitor may open, and to sign out. */
function visitorLinks({ roles }: Caller, texts: Texts, shape: Page['shape']): Html {
  const toConsole = mayOpenConsole(roles) && html`<a href="/admin">${texts.get('console')}</a>`
  const toAccount = html`<a href="/account">${texts.get('your_account')}</a>`
  const isElsewhere = shape === 'console' || shape === 'reference'
  return html`<div class="you">${isElsewhere ? toAccount : toConsole}
<form class="out" method="post" action="/sign-out">
<button class="quiet">${texts.get('sign_out')}</button>
</form></div>`
}

const languages: Readonly<Record<Language, string>> = { en: 'English', ru: 'Русский' }

/**
 * Without scripts the buttons send the form of the page along, so that nothing needs to be typed twice.
 * Scripts keep the fields themselves, and send none.
 */
function languageSwitch(call: Call, texts: Texts, { keepsTyped }: Page): Html {
  // Only a GET can be repeated; a rejected form has the URL of the empty form.
  const back = call.method === 'POST' ? call.path : hereOf(call)
  const target =
    keepsTyped === true &&
    html` form="typed" formaction="/language?${new URLSearchParams({ back }).toString()}" formnovalidate`
  const buttons = Object.entries(languages).map(([language, name]) =>
    language === texts.language
      ? html`<span aria-current="true">${name}</span>`
      : html`<button class="link" name="language" value="${language}" lang="${language}"${target}
>${name}</button>`,
  )
  return html`<form method="post" action="/language" data-language aria-label="${texts.get('language')}">
<input type="hidden" name="back" value="${back}">
${buttons}
</form>`
}
