import type { ConnectedApp } from '#src/apps/connected.sql.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { buttonForm, noticeBox } from '#src/pages/form.ts'
import { type Column, table } from '#src/pages/table.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

type Shown = { readonly apps: readonly ConnectedApp[]; readonly notice: string | undefined }

export function appsPage(call: Call, { apps, notice }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`${noticeBox(notice)}
<section class="sheet">
<h1>${texts.get('apps_title')}</h1>
<p class="lead">${texts.get(apps.length === 0 ? 'apps_none' : 'apps_lead')}</p>
${apps.length > 0 && list(texts, apps)}
</section>`
  return accountPage(call, { place: '/account/apps', title: texts.get('apps_title'), content })
}

function list(texts: Texts, apps: readonly ConnectedApp[]): Html {
  const columns: Column<ConnectedApp>[] = [
    { label: texts.get('apps_app'), part: 'headline', cell: ({ name }) => html`<strong>${name}</strong>` },
    { label: texts.get('apps_access'), cell: ({ scopes }) => scopes.join(', ') },
    { label: texts.get('apps_since'), cell: ({ since }) => texts.day(since) },
    { label: texts.get('apps_last_used'), cell: ({ lastUsedAt }) => texts.moment(lastUsedAt) },
    { label: texts.get('action'), part: 'action', cell: (app) => removeButton(texts, app) },
  ]
  return table(texts.get('apps_title'), columns, apps)
}

/** The buttons look the same, so for screen readers each names the app that it removes. */
function removeButton(texts: Texts, { clientId, name }: ConnectedApp): Html {
  const label = texts.get('apps_remove_one', { app: name })
  const button = html`<button class="small" aria-label="${label}">${texts.get('apps_remove')}</button>`
  return buttonForm(`/account/apps/${clientId}/remove`, button)
}
