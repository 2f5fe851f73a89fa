import { type App, appKinds } from '#src/apps/app.ts'
import { type Html, html } from '#src/http/html.ts'
import { badge } from '#src/pages/components/badge.ts'
import { choices } from '#src/pages/components/choices.ts'
import { emptyState } from '#src/pages/components/empty-state.ts'
import { pagination, withQuery } from '#src/pages/components/pagination.ts'
import { searchForm } from '#src/pages/components/search-form.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { appPath } from '#src/pages/console/apps/app-path.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'

export const appStates = ['enabled', 'disabled'] as const

export type AppFilters = {
  readonly q: string | undefined
  readonly kind: App['kind'] | undefined
  readonly state: (typeof appStates)[number] | undefined
}

type Shown = {
  readonly apps: readonly App[]
  readonly filters: AppFilters
  readonly mayChange: boolean
  readonly isFirst: boolean
  readonly nextCursor: string | null
  readonly now: Instant
}

export function appsContent(texts: Texts, shown: Shown): Html {
  const { apps, filters, mayChange, isFirst, nextCursor } = shown
  const create = html`<a class="button primary" href="/admin/apps/new">${texts.get('add_app')}</a>`
  const isFiltered = Object.values(filters).some((value) => value !== undefined)
  const none = emptyState(
    texts.get(isFiltered ? 'no_app_matches' : 'no_apps'),
    mayChange && !isFiltered && create,
  )
  return html`<div class="head"><h1>${texts.get('apps_list')}</h1>${mayChange && create}</div>
${searchForm(texts, { path: '/admin/apps', label: texts.get('search_apps'), filters })}
<div class="filters">${kindChoices(texts, filters)}${stateChoices(texts, filters)}</div>
<section class="sheet">
${apps.length === 0 ? none : list(texts, shown)}
${pagination(texts, { path: withQuery('/admin/apps', filters), isFirst, nextCursor })}
</section>`
}

function kindChoices(texts: Texts, { q, kind, state }: AppFilters): Html {
  const all = [undefined, ...appKinds].map((one) => ({
    path: withQuery('/admin/apps', { q, state, kind: one }),
    label: texts.get(one === undefined ? 'kind_any' : `app_kind_${one}`),
    isCurrent: one === kind,
  }))
  return choices(texts.get('kind'), all)
}

function stateChoices(texts: Texts, { q, kind, state }: AppFilters): Html {
  const all = [undefined, ...appStates].map((one) => ({
    path: withQuery('/admin/apps', { q, kind, state: one }),
    label: texts.get(one === undefined ? 'app_any_state' : `app_${one}`),
    isCurrent: one === state,
  }))
  return choices(texts.get('state'), all)
}

function list(texts: Texts, { apps, now }: Shown): Html {
  const columns: Column<App>[] = [
    {
      label: texts.get('app'),
      part: 'headline',
      cell: ({ clientId, name }) =>
        html`<a href="${appPath(clientId)}">${name}</a><span class="claim">${clientId}</span>`,
    },
    { label: texts.get('kind'), cell: ({ kind }) => texts.get(`app_kind_${kind}`) },
    { label: texts.get('state'), cell: (app) => appState(texts, app) },
    { label: texts.get('consent'), part: 'detail', cell: (app) => consentBadge(texts, app) },
    {
      label: texts.get('apis_page'),
      part: 'detail',
      cell: ({ apis }) => (apis.length === 0 ? '–' : apis.map(({ name }) => name).join(', ')),
    },
    { label: texts.get('created'), part: 'detail', cell: ({ createdAt }) => timeAgo(texts, createdAt, now) },
  ]
  return table(texts.get('apps_list'), columns, apps)
}

export function appState(texts: Texts, { isDisabled }: App): Html {
  return badge(isDisabled ? 'bad' : 'good', texts.get(isDisabled ? 'app_disabled' : 'app_enabled'))
}

export function consentBadge(texts: Texts, { isFirstParty, kind }: App): Html | string {
  if (kind === 'machine') return '–'
  const isAsked = !isFirstParty || kind === 'native'
  return badge('neutral', texts.get(isAsked ? 'consent_asked' : 'consent_own'))
}
