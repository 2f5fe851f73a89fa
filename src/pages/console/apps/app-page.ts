import { type App, authMethodOf } from '#src/apps/app.ts'
import { requirementText } from '#src/apps/path-rules.ts'
import { type Child, type Html, html } from '#src/http/html.ts'
import { codeBlock } from '#src/pages/components/code-block.ts'
import { factList } from '#src/pages/components/fact-list.ts'
import { setting } from '#src/pages/components/setting.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { appPath } from '#src/pages/console/apps/app-path.ts'
import { appState, consentBadge } from '#src/pages/console/apps/apps-page.ts'
import { snippetsOf } from '#src/pages/console/apps/snippets.ts'
import { buttonForm } from '#src/pages/form.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Settings } from '#src/settings/settings.ts'

/** Counting stops there: the page shows whether an app is in use, and roughly how much. */
export const maxCountedGrants = 10_000

export type ShownApp = {
  readonly app: App
  readonly settings: Settings
  readonly secrets: readonly Instant[]
  readonly grants: { readonly grants: number; readonly users: number }
  readonly mayChange: boolean
  readonly now: Instant
}

/** Everything about one app, and the actions for it. */
export function appContent(texts: Texts, shown: ShownApp): Html {
  const { app, mayChange } = shown
  const edit = html`<a class="button" href="${appPath(app.clientId)}/edit">${texts.get('edit')}</a>`
  const described = html`<p class="note warn">${texts.get('app_of_document')}</p>`
  return html`<p class="crumbs"><a href="/admin/apps">${texts.get('apps_list')}</a></p>
<div class="head"><h1>${app.name}</h1>${mayChange && !isReadOnly(app) && edit}</div>
${app.source === 'document' && described}
${app.isManaged && html`<p class="hint">${texts.get('managed_by_file_hint')}</p>`}
${factsSection(texts, shown)}
${apisSection(texts, app)}
${snippetsSection(texts, shown.settings, { app, secret: undefined })}
${hasSecrets(app) && secretSection(texts, shown)}
${mayChange && actionsSection(texts, app)}`
}

/** It is described by its client document or the apps file: a change here would be overwritten. */
export function isReadOnly({ source, isManaged }: App): boolean {
  return source === 'document' || isManaged
}

export function hasSecrets(app: App): boolean {
  return authMethodOf(app) === 'client_secret_basic'
}

function factsSection(texts: Texts, { app, grants, now }: ShownApp): Html {
  const list = (uris: readonly string[]): Child =>
    uris.length === 0 ? '–' : uris.map((uri) => html`<code class="line">${uri}</code>`)
  const uses = texts.get('grants_of_users', {
    grants: counted(texts, grants.grants),
    users: texts.number(grants.users),
  })
  const signIns = app.kind !== 'machine'
  return html`<section class="sheet"><h2>${texts.get('settings')}</h2>
${factList([
  [texts.get('client_id'), html`<code>${app.clientId}</code>`],
  [texts.get('kind'), texts.get(`app_kind_${app.kind}`)],
  [texts.get('state'), appState(texts, app)],
  [texts.get('registered_by'), texts.get(`app_source_${app.source}`)],
  [texts.get('consent'), consentBadge(texts, app)],
  [texts.get('live_grants'), uses],
  [texts.get('created'), timeAgo(texts, app.createdAt, now)],
  [texts.get('id_token_alg'), app.idTokenAlg],
  [texts.get('pkce'), texts.get(app.isPkceOptional ? 'pkce_not_required' : 'pkce_required')],
])}
${
  signIns &&
  factList([
    [texts.get('redirect_uris'), list(app.redirectUris)],
    [texts.get('post_logout_uris'), list(app.postLogoutUris)],
    [texts.get('allowed_origins'), list(app.allowedOrigins)],
    ...(app.site ? [[texts.get('hosts'), list(app.site.hosts)] as const, rulesFact(texts, app.site)] : []),
    ...flowFacts(texts, app),
  ])
}</section>`
}

function rulesFact(texts: Texts, { rules }: NonNullable<App['site']>): readonly [string, Child] {
  const lines = rules.map(
    ({ path, requires }) => html`<code class="line">${path} = ${requirementText(requires)}</code>`,
  )
  return [texts.get('path_rules'), lines.length === 0 ? '–' : lines]
}

/** The settings of this app that differ from the usual ones. */
function flowFacts(texts: Texts, app: App): (readonly [string, Child])[] {
  const { backchannelUri, accessLifetimeMs, refreshLifetimeMs, usesDeviceFlow } = app
  return [
    ...(backchannelUri === undefined
      ? []
      : [[texts.get('backchannel_logout_uri'), html`<code class="line">${backchannelUri}</code>`] as const]),
    ...(accessLifetimeMs === undefined
      ? []
      : [[texts.get('access_token_lifetime'), texts.number(accessLifetimeMs / 1000)] as const]),
    ...(refreshLifetimeMs === undefined
      ? []
      : [[texts.get('refresh_token_lifetime'), texts.number(refreshLifetimeMs / 1000)] as const]),
    ...(usesDeviceFlow ? [[texts.get('device_flow'), texts.get('device_flow_allowed')] as const] : []),
  ]
}

export function counted(texts: Texts, count: number): string {
  return count < maxCountedGrants ? texts.number(count) : `${texts.number(maxCountedGrants)}+`
}

function apisSection(texts: Texts, { apis }: App): Html {
  const columns: Column<App['apis'][number]>[] = [
    {
      label: texts.get('api'),
      part: 'headline',
      cell: ({ name }) => html`<a href="/admin/apis/${name}">${name}</a>`,
    },
    { label: texts.get('audience'), cell: ({ audience }) => html`<span class="address">${audience}</span>` },
    { label: texts.get('scopes'), cell: ({ scopes }) => (scopes.length === 0 ? '–' : scopes.join(', ')) },
  ]
  return html`<section class="sheet"><h2>${texts.get('apis_page')}</h2>
${
  apis.length === 0
    ? html`<p class="hint">${texts.get('app_without_apis')}</p>`
    : table(texts.get('apis_page'), columns, apis)
}</section>`
}

export function snippetsSection(
  texts: Texts,
  settings: Settings,
  { app, secret }: { app: App; secret: string | undefined },
): Html {
  const blocks = snippetsOf(settings, app, secret).map(
    ({ title, code }) => html`<h3>${texts.get(title)}</h3>${codeBlock(texts.get(title), code)}`,
  )
  return html`<section class="sheet snippets"><h2>${texts.get('use_app')}</h2>${blocks}</section>`
}

function secretSection(texts: Texts, { app, secrets, mayChange, now }: ShownApp): Html {
  const rotate = html`<a class="button small" href="${appPath(app.clientId)}/secret"
>${texts.get('rotate_secret')}</a>`
  const rows = secrets.map((at, index) =>
    setting(
      texts.get(index === 0 ? 'secret_current' : 'secret_previous'),
      html`${texts.get('secret_made')} ${timeAgo(texts, at, now)}`,
      index === 0 && mayChange && rotate,
    ),
  )
  return html`<section class="sheet"><h2>${texts.get('client_secrets')}</h2>
<p class="hint">${texts.get('secrets_hint')}</p>${rows}</section>`
}

function actionsSection(texts: Texts, { clientId, isDisabled }: App): Html {
  const path = appPath(clientId)
  const enable = buttonForm(`${path}/enable`, html`<button class="small">${texts.get('enable')}</button>`)
  const disable = html`<a class="button small danger" href="${path}/disable">${texts.get('disable')}</a>`
  const remove = html`<a class="button small danger" href="${path}/remove">${texts.get('remove')}</a>`
  return html`<section class="sheet"><h2>${texts.get('actions')}</h2>
${
  isDisabled
    ? setting(texts.get('enable_app'), texts.get('enable_app_hint'), enable)
    : setting(texts.get('disable_app'), texts.get('disable_app_hint'), disable)
}
${setting(texts.get('remove_app'), texts.get('remove_app_hint'), remove)}</section>`
}
