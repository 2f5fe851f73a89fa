import { z } from 'zod'
import type { Api } from '#src/apps/api.ts'
import { type App, type AppKind, appKinds } from '#src/apps/app.ts'
import { type Html, html } from '#src/http/html.ts'
import { text } from '#src/http/text.ts'
import { boxes, checkbox, radios, textArea } from '#src/pages/components/fields.ts'
import {
  emptyFlow,
  FlowFields,
  flowBodyOf,
  flowFields,
  flowOf,
  flowTypedIn,
  hasFlow,
  pathRulesField,
  type TypedFlow,
} from '#src/pages/console/apps/app-flow-fields.ts'
import { kindsWithUsers, ofKinds } from '#src/pages/console/apps/of-kinds.ts'
import { form, submit, Typed } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import type { Texts } from '#src/pages/texts.ts'

/** The values of the form. Lists are texts with one entry per line. */
export type TypedApp = {
  readonly name: string
  readonly kind: string
  readonly redirectUris: string
  readonly postLogoutUris: string
  readonly allowedOrigins: string
  /** Only for the kind `proxy`. */
  readonly hosts: string
  /** The checked APIs, each with its checked scopes. */
  readonly apis: ReadonlyMap<string, readonly string[]>
  readonly asksConsent: boolean
  readonly isPkceOptional: boolean
  readonly flow: TypedFlow
}

const Lines = text({ min: 0, max: 60_000 }).default('')
const Box = z.literal('yes').optional()

/** Each API and scope is a checkbox with its own name, so the schema allows further names. */
export const AppForm = z.looseObject({
  name: Typed,
  kind: Typed,
  redirect_uris: Lines,
  post_logout_uris: Lines,
  allowed_origins: Lines,
  hosts: Lines,
  asks_consent: Box,
  pkce_optional: Box,
  ...FlowFields,
})

export function typedIn(body: z.output<typeof AppForm>, apis: readonly Api[]): TypedApp {
  const ticked = apis.filter(({ name }) => body[apiBox(name)] === 'yes')
  const scopesOf = ({ name, scopes }: Api) =>
    Object.keys(scopes).filter((scope) => body[scopeBox(name, scope)] === 'yes')
  return {
    name: body.name.trim(),
    kind: body.kind,
    redirectUris: body.redirect_uris,
    postLogoutUris: body.post_logout_uris,
    allowedOrigins: body.allowed_origins,
    hosts: body.hosts,
    apis: new Map(ticked.map((api) => [api.name, scopesOf(api)])),
    asksConsent: body.asks_consent === 'yes',
    isPkceOptional: body.pkce_optional === 'yes',
    flow: flowTypedIn(body),
  }
}

/** A new app: empty, and all scopes of each API are checked in advance. */
export function emptyForm(kind: AppKind): TypedApp {
  const lists = { redirectUris: '', postLogoutUris: '', allowedOrigins: '', hosts: '' }
  const others = { asksConsent: false, isPkceOptional: false, flow: emptyFlow }
  return { name: '', kind, ...lists, apis: new Map(), ...others }
}

export function formOf(app: App): TypedApp {
  return {
    name: app.name,
    kind: app.kind,
    redirectUris: app.redirectUris.join('\n'),
    postLogoutUris: app.postLogoutUris.join('\n'),
    allowedOrigins: app.allowedOrigins.join('\n'),
    hosts: (app.site?.hosts ?? []).join('\n'),
    apis: new Map(app.apis.map(({ name, scopes }) => [name, scopes])),
    asksConsent: !app.isFirstParty,
    isPkceOptional: app.isPkceOptional,
    flow: flowOf(app),
  }
}

/** The equivalent body of the API call. `order` keeps the default API of an app first. */
export function bodyOf(typed: TypedApp, order: readonly string[] = []) {
  const placed = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length)
  const apis = [...typed.apis].toSorted(([one], [other]) => placed(one) - placed(other))
  return {
    name: typed.name,
    redirect_uris: linesIn(typed.redirectUris),
    post_logout_uris: linesIn(typed.postLogoutUris),
    allowed_origins: linesIn(typed.allowedOrigins),
    ...(typed.kind === 'proxy' && { hosts: linesIn(typed.hosts) }),
    apis: apis.map(([name, scopes]) => ({ name, scopes: [...scopes] })),
    first_party: !typed.asksConsent,
    pkce: typed.isPkceOptional ? 'optional' : 'required',
    ...flowBodyOf(typed.flow, typed.kind),
  }
}

function linesIn(typed: string): string[] {
  return typed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

type Shown = {
  readonly action: string
  readonly typed: TypedApp
  readonly apis: readonly Api[]
  readonly errors: FormErrors | undefined
  readonly isNew: boolean
  readonly button: string
  readonly cancel: string
}

export function appForm(texts: Texts, shown: Shown): Html {
  const { action, typed, errors, isNew, button, cancel } = shown
  return form(texts, {
    action,
    errors,
    fields: [
      {
        name: 'name',
        label: texts.get('name'),
        type: 'text',
        autocomplete: 'off',
        value: typed.name,
        hint: texts.get('app_name_hint'),
        first: true,
      },
    ],
    extra: html`${isNew && kindField(texts, shown)}${listFields(texts, shown)}${apiBoxes(texts, shown)}
${consentBox(texts, shown)}${advanced(texts, shown)}`,
    button: submit(button),
    after: html`<a href="${cancel}">${texts.get('cancel')}</a>`,
  })
}

function kindField(texts: Texts, { typed, errors }: Shown): Html {
  const options = appKinds.map((kind) => ({
    value: kind,
    label: texts.get(`app_kind_${kind}`),
    hint: texts.get(`app_kind_${kind}_hint`),
  }))
  return radios({ name: 'kind', label: texts.get('kind'), value: typed.kind, options, errors })
}

function listFields(texts: Texts, { typed, errors, isNew }: Shown): Html {
  const field = (name: 'redirect_uris' | 'post_logout_uris' | 'allowed_origins' | 'hosts', value: string) =>
    textArea({ name, label: texts.get(name), hint: texts.get(`${name}_hint`), value, errors })
  const only = ofKinds({ kind: typed.kind, isNew })
  const kindsWithOrigins: readonly AppKind[] = isNew ? ['browser'] : kindsWithUsers
  return html`${only(kindsWithUsers, field('redirect_uris', typed.redirectUris))}
${only(kindsWithUsers, field('post_logout_uris', typed.postLogoutUris))}
${only(kindsWithOrigins, field('allowed_origins', typed.allowedOrigins))}
${only(['proxy'], field('hosts', typed.hosts))}
${only(['proxy'], pathRulesField(texts, { typed: typed.flow, errors }))}`
}

function consentBox(texts: Texts, { typed, isNew }: Shown): Html | false {
  const box = checkbox({
    name: 'asks_consent',
    label: texts.get('asks_consent'),
    hint: texts.get('asks_consent_hint'),
    isChecked: typed.asksConsent,
  })
  return isNew ? ofKinds({ kind: typed.kind, isNew })([...kindsWithUsers, 'proxy'], box) : box
}

/** Folded, unless something in it has a value or an error. */
function advanced(texts: Texts, { typed, errors, isNew }: Shown): Html | false {
  const { kind, flow, isPkceOptional } = typed
  const pkce = checkbox({
    name: 'pkce_optional',
    label: texts.get('pkce_optional'),
    hint: texts.get('pkce_optional_hint'),
    isChecked: isPkceOptional,
  })
  const isOpen = isPkceOptional || hasFlow(flow, errors)
  const folded = html`<details class="advanced"${isOpen && html` open`}>
<summary>${texts.get('advanced')}</summary>
${isNew ? ofKinds({ kind, isNew })(['web'], pkce) : pkce}
${flowFields(texts, { kind, typed: flow, errors, isNew })}</details>`
  return isNew ? ofKinds({ kind, isNew })([...kindsWithUsers, 'machine'], folded) : folded
}

function apiBoxes(texts: Texts, { typed, apis, errors, isNew }: Shown): Html | false {
  const rows = apis.map(({ name, audience, scopes }) => {
    const ticked = typed.apis.get(name)
    const scopeBoxes = Object.entries(scopes).map(([scope, hint]) =>
      checkbox({
        name: scopeBox(name, scope),
        label: scope,
        hint,
        isChecked: ticked ? ticked.includes(scope) : true,
      }),
    )
    const isChecked = ticked !== undefined
    return html`${checkbox({ name: apiBox(name), label: name, hint: audience, isChecked })}
<div class="nested">${scopeBoxes}</div>`
  })
  const error = errors?.fields.apis
  const problem = error !== undefined && html`<p class="problem">${error}</p>`
  const none = apis.length === 0 && html`<p class="hint">${texts.get('no_apis_yet')}</p>`
  const all = boxes(texts.get('apis_page'), texts.get('app_apis_hint'), [problem, none, rows])
  return isNew ? ofKinds({ kind: typed.kind, isNew })([...kindsWithUsers, 'machine'], all) : all
}

function apiBox(name: string): string {
  return `api ${name}`
}

function scopeBox(name: string, scope: string): string {
  return `scope ${name} ${scope}`
}
