import type { ConnectedApp } from '#src/apps/connected.sql.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { emptyState } from '#src/pages/components/empty-state.ts'
import { linkOutside } from '#src/pages/components/link-outside.ts'
import { listRows } from '#src/pages/components/list-rows.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { buttonForm, noticeBox } from '#src/pages/form.ts'
import { type Texts, textsOf } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'

type Shown = {
  readonly apps: readonly ConnectedApp[]
  readonly notice: string | undefined
  readonly now: Instant
}

export function appsPage(call: Call, { apps, notice, now }: Shown): Answer {
  const texts = textsOf(call)
  const rows = apps.map((app) => ({
    icon: 'link' as const,
    title: app.name,
    meta: html`${siteOf(app)}${app.scopes.join(', ')} ·
${texts.get('apps_since')} ${timeAgo(texts, app.since, now)} ·
${texts.get('apps_last_used')} ${timeAgo(texts, app.lastUsedAt, now)}`,
    action: removeButton(texts, app),
  }))
  const content = html`${noticeBox(notice)}
<section class="sheet">
<h1>${texts.get('apps_title')}</h1>
${
  rows.length > 0
    ? html`<p class="lead">${texts.get('apps_lead')}</p>${listRows(texts.get('apps_title'), rows)}`
    : emptyState(texts.get('apps_none'))
}
</section>`
  return accountPage(call, { place: '/account/apps', title: texts.get('apps_title'), content })
}

function siteOf({ clientUri }: ConnectedApp): Html | undefined {
  const host = URL.parse(clientUri ?? '')?.host
  return host === undefined ? undefined : html`${linkOutside(clientUri, host)} · `
}

/** The buttons look the same, so for screen readers each names the app that it removes. */
function removeButton(texts: Texts, { clientId, name }: ConnectedApp): Html {
  const label = texts.get('apps_remove_one', { app: name })
  const button = html`<button class="small" aria-label="${label}">${texts.get('apps_remove')}</button>`
  return buttonForm(`/account/apps/${clientId}/remove`, button)
}
