import { z } from 'zod'
import type { App } from '#src/apps/app.ts'
import { requirementText } from '#src/apps/path-rules.ts'
import { type Html, html } from '#src/http/html.ts'
import { text } from '#src/http/text.ts'
import { checkbox, textArea, textLine } from '#src/pages/components/fields.ts'
import { kindsWithUsers, ofKinds } from '#src/pages/console/apps/of-kinds.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import type { Texts } from '#src/pages/texts.ts'

const Line = text({ min: 0, max: 2000 }).optional()
const links = ['client_uri', 'terms_uri', 'privacy_uri'] as const
const lines = ['backchannel_logout_uri', ...links] as const
const numbers = ['access_token_lifetime', 'refresh_token_lifetime'] as const
type Name = (typeof lines)[number] | (typeof numbers)[number]

/** Where the app receives logouts, the links on its consent page, and the lifetimes of its tokens. */
export type TypedFlow = {
  /** If the form has no such field, the value is undefined, and the app keeps its own. */
  readonly lines: Readonly<Partial<Record<Name, string | undefined>>>
  readonly usesDeviceFlow: boolean
  /** For the kind `proxy`: one per line. */
  readonly pathRules: string
}

export const FlowFields = {
  backchannel_logout_uri: Line,
  client_uri: Line,
  terms_uri: Line,
  privacy_uri: Line,
  access_token_lifetime: Line,
  refresh_token_lifetime: Line,
  device_flow: z.literal('yes').optional(),
  path_rules: text({ min: 0, max: 60_000 }).default(''),
} as const

type Sent = z.output<z.ZodObject<typeof FlowFields>>

export function flowTypedIn(body: Sent): TypedFlow {
  const names = [...lines, ...numbers]
  return {
    lines: Object.fromEntries(names.map((name) => [name, body[name]?.trim()])),
    usesDeviceFlow: body.device_flow === 'yes',
    pathRules: body.path_rules,
  }
}

export const emptyFlow: TypedFlow = { lines: {}, usesDeviceFlow: false, pathRules: '' }

export function flowOf(app: App): TypedFlow {
  const seconds = (ms: number | undefined) => (ms === undefined ? '' : String(ms / 1000))
  return {
    lines: {
      backchannel_logout_uri: app.backchannelUri ?? '',
      client_uri: app.clientUri ?? '',
      terms_uri: app.termsUri ?? '',
      privacy_uri: app.privacyUri ?? '',
      access_token_lifetime: seconds(app.accessLifetimeMs),
      refresh_token_lifetime: seconds(app.refreshLifetimeMs),
    },
    usesDeviceFlow: app.usesDeviceFlow,
    pathRules: (app.site?.rules ?? [])
      .map(({ path, requires }) => `${path} = ${requirementText(requires)}`)
      .join('\n'),
  }
}

/** The fields of the API that do the same. An empty line removes a value. Only digits become a number. */
export function flowBodyOf({ lines, usesDeviceFlow, pathRules }: TypedFlow, kind: string) {
  const entries = Object.entries(lines).flatMap(([name, typed]) => {
    if (typed === undefined) return []
    const isNumber = numbers.some((one) => one === name) && /^\d{1,9}$/.test(typed)
    return [[name, typed === '' ? null : isNumber ? Number(typed) : typed] as const]
  })
  return {
    ...Object.fromEntries(entries),
    device_flow: usesDeviceFlow,
    ...(kind === 'proxy' && { path_rules: rulesIn(pathRules) }),
  }
}

function rulesIn(typed: string): { path: string; requires: string }[] {
  const rows = typed.split('\n').map((row) => row.trim())
  return rows
    .filter((row) => row !== '')
    .map((row) => {
      const [path = '', ...rest] = row.split('=')
      return { path: path.trim(), requires: rest.join('=').trim() }
    })
}

type Shown = {
  readonly kind: string
  readonly typed: TypedFlow
  readonly errors: FormErrors | undefined
  readonly isNew: boolean
}

export function pathRulesField(texts: Texts, { typed, errors }: Pick<Shown, 'typed' | 'errors'>): Html {
  return textArea({
    name: 'path_rules',
    label: texts.get('path_rules'),
    hint: texts.get('path_rules_hint'),
    value: typed.pathRules,
    errors,
  })
}

/** What most apps never need. */
export function flowFields(texts: Texts, { kind, typed, errors, isNew }: Shown): Html {
  const line = (name: Name) =>
    textLine({
      name,
      label: texts.get(name),
      hint: texts.get(`${name}_hint`),
      value: typed.lines[name] ?? '',
      errors,
    })
  const only = ofKinds({ kind, isNew })
  const deviceFlow = checkbox({
    name: 'device_flow',
    label: texts.get('device_flow'),
    hint: texts.get('device_flow_hint'),
    isChecked: typed.usesDeviceFlow,
  })
  return html`${only(kindsWithUsers, line('backchannel_logout_uri'))}
${links.map((name) => only([...kindsWithUsers, 'proxy'], line(name)))}
${only([...kindsWithUsers, 'machine'], line('access_token_lifetime'))}
${only(kindsWithUsers, line('refresh_token_lifetime'))}
${only(kindsWithUsers, deviceFlow)}`
}

/** Whether a field of these has a value or an error, so that it must be seen. */
export function hasFlow(
  { lines: typed, usesDeviceFlow }: TypedFlow,
  errors: FormErrors | undefined,
): boolean {
  const names = [...lines, ...numbers]
  return (
    usesDeviceFlow || names.some((name) => (typed[name] ?? '') !== '' || errors?.fields[name] !== undefined)
  )
}
