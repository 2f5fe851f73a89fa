import type { App } from '#src/apps/app.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import type { AskedSentences } from '#src/oidc/asked-scopes.ts'
import type { PendingConsent } from '#src/oidc/interaction.ts'
import { linkOutside } from '#src/pages/components/link-outside.ts'
import { answerPage } from '#src/pages/layout.ts'
import type { Texts } from '#src/pages/texts.ts'
import { textsFor } from '#src/pages/texts.ts'

type Shown = { readonly action: string; readonly email: string; readonly pending: PendingConsent }

/** Asks a user for consent to the requested access of an app. */
export function consentPage(call: Call, { action, email, pending }: Shown): Answer {
  const texts = textsFor(call.language)
  const { app, redirectUri } = pending
  const isUnknown = app.source !== 'operator'
  const title = texts.get('consent_title', { app: app.name })
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('consent_lead', { app: app.name, email })}</p>
<p>${texts.get('consent_allows')}</p>
<ul>${sentencesOf(texts, pending).map((sentence) => html`<li>${sentence}</li>`)}</ul>
${appLinks(texts, app)}
<p class="hint">${texts.get('consent_returns', { host: placeOf(redirectUri) })}</p>
${isUnknown && html`<p class="note bad">${texts.get('consent_unknown', { host: originOf(app) })}</p>`}
${isOnDevice(redirectUri) && html`<p class="note bad">${texts.get('consent_unsure')}</p>`}
<form method="post" action="${action}">
${decisionButtons(texts)}
</form>
</section>`
  return answerPage(call, { status: 200, title, shape: 'card', content })
}

const sentences = {
  openid: 'scope_openid',
  profile: 'scope_profile',
  email: 'scope_email',
  roles: 'scope_roles',
  offline_access: 'scope_offline_access',
} as const

/** The two ways to answer a request for access. */
export function decisionButtons(texts: Texts): Html {
  return html`<div class="buttons">
<button class="primary" name="decision" value="allow">${texts.get('consent_allow')}</button>
<button name="decision" value="refuse">${texts.get('consent_refuse')}</button></div>`
}

export function sentencesOf(texts: Texts, { userScopes, apis }: AskedSentences): string[] {
  const known = userScopes.filter((scope): scope is keyof typeof sentences => scope in sentences)
  const ofUser = (known.length > 0 ? known : (['openid'] as const)).map((scope) =>
    texts.get(sentences[scope]),
  )
  return [...ofUser, ...apis.flatMap((api) => api.sentences)]
}

/** Pages of the app, in a new tab: the sign-in continues in this one. */
export function appLinks(texts: Texts, { clientUri, termsUri, privacyUri }: App): Html | undefined {
  const pages = [
    { uri: clientUri, label: placeOf(clientUri ?? '') },
    { uri: privacyUri, label: texts.get('app_privacy') },
    { uri: termsUri, label: texts.get('app_terms') },
  ].filter(({ uri }) => uri !== undefined)
  if (pages.length === 0) return undefined
  const links = pages.map(({ uri, label }) => html`<li>${linkOutside(uri, label)}</li>`)
  return html`<ul>${links}</ul>`
}

/**
 * RFC 8252 section 8.6: nothing proves which program listens on a loopback port or has registered a scheme.
 */
function isOnDevice(redirectUri: string): boolean {
  return URL.parse(redirectUri)?.protocol !== 'https:'
}

/** The claimed origin of the app: the host of its document, or of its redirect URI. */
function originOf({ clientId, source, redirectUris }: PendingConsent['app']): string {
  return placeOf(source === 'document' ? clientId : (redirectUris[0] ?? ''))
}

function placeOf(redirectUri: string): string {
  const url = URL.parse(redirectUri)
  return url?.host || (url?.protocol ?? '')
}

/**
 * Redirects to an app by a page. A plain redirect would follow the form that the user has just sent, and the
 * policy of that page allows forms to redirect only to our own pages.
 */
export function continuePage(call: Call, location: string): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('continue_title')
  const content: Html = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('continue_lead')}</p>
<p class="buttons"><a class="button" href="${location}">${texts.get('continue_link')}</a></p>
</section>`
  return answerPage(call, {
    status: 200,
    title,
    shape: 'card',
    content,
    headers: { refresh: `0; url=${location}` },
  })
}
