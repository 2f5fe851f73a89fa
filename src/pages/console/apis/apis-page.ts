import type { Api } from '#src/apps/api.ts'
import { type Html, html } from '#src/http/html.ts'
import { emptyState } from '#src/pages/components/empty-state.ts'
import { factList } from '#src/pages/components/fact-list.ts'
import { textArea } from '#src/pages/components/fields.ts'
import { pagination } from '#src/pages/components/pagination.ts'
import { setting } from '#src/pages/components/setting.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { verifiersSection } from '#src/pages/console/apis/verifiers-section.ts'
import { appPath } from '#src/pages/console/apps/app-path.ts'
import { form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Verifier } from '#src/revocations/verifiers.sql.ts'

type ShownApis = {
  readonly apis: readonly Api[]
  readonly mayChange: boolean
  readonly isFirst: boolean
  readonly nextCursor: string | null
  readonly now: Instant
}

export function apisContent(texts: Texts, { apis, mayChange, isFirst, nextCursor, now }: ShownApis): Html {
  const create = html`<a class="button primary" href="/admin/apis/new">${texts.get('add_api')}</a>`
  const columns: Column<Api>[] = [
    {
      label: texts.get('api'),
      part: 'headline',
      cell: ({ name, audience }) =>
        html`<a href="/admin/apis/${name}">${name}</a><span class="claim">${audience}</span>`,
    },
    {
      label: texts.get('scopes'),
      part: 'number',
      cell: ({ scopes }) => texts.number(Object.keys(scopes).length),
    },
    { label: texts.get('created'), cell: ({ createdAt }) => timeAgo(texts, createdAt, now) },
  ]
  const none = emptyState(texts.get('no_apis'), mayChange && create)
  return html`<div class="head"><h1>${texts.get('apis_page')}</h1>${mayChange && create}</div>
<section class="sheet">
${apis.length === 0 ? none : table(texts.get('apis_page'), columns, apis)}
${pagination(texts, { path: '/admin/apis', isFirst, nextCursor })}
</section>`
}

type ShownApi = {
  readonly api: Api
  readonly apps: readonly { readonly clientId: string; readonly name: string }[]
  readonly verifiers: readonly Verifier[]
  readonly mayChange: boolean
  readonly now: Instant
}

export function apiContent(texts: Texts, { api, apps, verifiers, mayChange, now }: ShownApi): Html {
  const path = `/admin/apis/${api.name}`
  const edit = html`<a class="button" href="${path}/scopes">${texts.get('edit_scopes')}</a>`
  const scopes = Object.entries(api.scopes).map(([scope, meaning]) =>
    setting(html`<code>${scope}</code>`, meaning, ''),
  )
  const links = apps.map(({ clientId, name }) => html`<li><a href="${appPath(clientId)}">${name}</a></li>`)
  const none = html`<p class="hint">${texts.get('no_apps_of_api')}</p>`
  return html`<p class="crumbs"><a href="/admin/apis">${texts.get('apis_page')}</a></p>
<div class="head"><h1>${api.name}</h1>${mayChange && !api.isManaged && edit}</div>
${api.isManaged && html`<p class="hint">${texts.get('managed_by_file_hint')}</p>`}
<section class="sheet"><h2>${texts.get('settings')}</h2>
${factList([
  [texts.get('audience'), html`<code>${api.audience}</code>`],
  [texts.get('created'), timeAgo(texts, api.createdAt, now)],
])}</section>
<section class="sheet"><h2>${texts.get('scopes')}</h2>
${scopes.length > 0 ? scopes : html`<p class="hint">${texts.get('no_scopes')}</p>`}</section>
<section class="sheet"><h2>${texts.get('apps_of_api')}</h2>
${links.length > 0 ? html`<ul class="effects">${links}</ul>` : none}
</section>
${verifiersSection(texts, { verifiers, addPath: `/admin/verifiers/new?api=${api.name}`, mayChange, now })}
${mayChange && !api.isManaged && removeSection(texts, path)}`
}

function removeSection(texts: Texts, path: string): Html {
  const link = html`<a class="button small danger" href="${path}/remove">${texts.get('remove')}</a>`
  return html`<section class="sheet"><h2>${texts.get('actions')}</h2>
${setting(texts.get('remove_api'), texts.get('remove_api_hint'), link)}</section>`
}

type ApiForm = {
  readonly typed: { readonly name: string; readonly audience: string; readonly scopes: string }
  readonly errors: FormErrors | undefined
}

export function newApiForm(texts: Texts, { typed, errors }: ApiForm): Html {
  const field = (name: 'name' | 'audience', label: string, hint: string) =>
    ({ ...{ name, label, hint }, type: 'text', autocomplete: 'off', value: typed[name] }) as const
  return form(texts, {
    action: '/admin/apis/new',
    errors,
    fields: [
      { ...field('name', texts.get('name'), texts.get('api_name_hint')), first: true },
      field('audience', texts.get('audience'), texts.get('audience_hint')),
    ],
    extra: scopesField(texts, typed.scopes, errors),
    button: submit(texts.get('add_api')),
    after: html`<a href="/admin/apis">${texts.get('cancel')}</a>`,
  })
}

type ScopesForm = { readonly name: string; readonly scopes: string; readonly errors: FormErrors | undefined }

export function scopesForm(texts: Texts, { name, scopes, errors }: ScopesForm): Html {
  return form(texts, {
    action: `/admin/apis/${name}/scopes`,
    errors,
    fields: [],
    extra: scopesField(texts, scopes, errors),
    button: submit(texts.get('save_changes')),
    after: html`<a href="/admin/apis/${name}">${texts.get('cancel')}</a>`,
  })
}

function scopesField(texts: Texts, value: string, errors: FormErrors | undefined): Html {
  const [label, hint] = [texts.get('scopes'), texts.get('scopes_hint')]
  return textArea({ name: 'scopes', label, hint, value, errors, rows: 5 })
}

/** One scope per line: the name, `=`, and a description. */
export function scopesText(scopes: Api['scopes']): string {
  return Object.entries(scopes)
    .map(([scope, meaning]) => `${scope} = ${meaning}`)
    .join('\n')
}

export function scopesIn(typed: string): Record<string, string> {
  const lines = typed.split('\n').map((line) => line.trim())
  const pairs = lines
    .filter((line) => line !== '')
    .map((line) => line.split('=', 2).map((part) => part.trim()))
  return Object.fromEntries(pairs.map(([scope = '', meaning]) => [scope, meaning || scope]))
}
