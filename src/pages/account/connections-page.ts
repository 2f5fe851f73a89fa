import type { Connection, Identity } from '#src/credentials/upstream/identity.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { listRows } from '#src/pages/components/list-rows.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { buttonForm, noticeBox, submit } from '#src/pages/form.ts'
import { type Texts, textsFor, textsOf } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Provider } from '#src/settings/providers.ts'
import type { User } from '#src/users/user.ts'

type Shown = {
  readonly connections: readonly Connection[]
  readonly providers: readonly Provider[]
  readonly notice: string | undefined
  readonly now: Instant
}

/** The identities that sign in to the account, and the providers to connect. */
export function connectionsPage(call: Call, { connections, providers, notice, now }: Shown): Answer {
  const texts = textsOf(call)
  const rows = connections.map((one) => ({
    icon: 'link' as const,
    title: titleOf(providers, one),
    meta: html`<span class="address">${one.label}</span> · ${texts.get('connection_linked_at')}
${timeAgo(texts, one.linkedAt, now)} · ${usedAt(texts, one, now)}`,
    action: removeButton(texts, providers, one),
  }))
  const content = html`${noticeBox(notice)}
<section class="sheet">
<h1>${texts.get('connections')}</h1>
<p class="lead">${texts.get('connections_lead')}</p>
${rows.length > 0 ? listRows(texts.get('connections'), rows) : html`<p>${texts.get('connections_none')}</p>`}
${connectLinks(texts, providers)}
</section>`
  return accountPage(call, { place: '/account/security', title: texts.get('connections'), content })
}

function titleOf(providers: readonly Provider[], { provider }: Identity): string {
  return providers.find(({ name }) => name === provider)?.title ?? provider
}

function usedAt(texts: Texts, { lastUsedAt }: Connection, now: Instant): Html {
  if (lastUsedAt === undefined) return html`${texts.get('connection_never')}`
  return html`${texts.get('connection_used_at')} ${timeAgo(texts, lastUsedAt, now)}`
}

function removeButton(texts: Texts, providers: readonly Provider[], one: Connection): Html {
  const provider = providers.find(({ name }) => name === one.provider)?.title ?? one.provider
  const label = texts.get('disconnect_of', { provider, label: one.label })
  const button = html`<button class="small" aria-label="${label}">${texts.get('disconnect')}</button>`
  return buttonForm(`/account/connections/${one.id}/remove`, button)
}

/** Links, because a form may not be sent to another site. */
function connectLinks(texts: Texts, providers: readonly Provider[]): Html {
  if (providers.length === 0) return html`<p class="hint">${texts.get('connections_no_providers')}</p>`
  const links = providers.map(({ name, title }) => {
    const label = texts.get('connect', { provider: title })
    return html`<a class="button" href="/account/connections/${name}/link">${label}</a>`
  })
  return html`<div class="buttons">${links}</div>`
}

/** Asks whether an identity that was just proven should sign in to the account. */
export function confirmConnectionPage(
  call: Call,
  { user, identity, title: provider }: { user: User; identity: Identity; title: string },
): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('confirm_connection_title', { provider })
  const { label } = identity
  const content = html`<section class="sheet slim">
<h1>${title}</h1>
<p class="lead">${texts.get('confirm_connection_lead', { provider, label, email: user.email })}</p>
<div class="buttons">
${buttonForm('/account/connections/confirm', submit(texts.get('confirm_connection')))}
<a href="/account/connections">${texts.get('cancel')}</a>
</div>
</section>`
  return accountPage(call, { place: '/account/security', title, content })
}
