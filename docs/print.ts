import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { events } from '#src/audit/events.ts'
import { helpAbout } from '#src/cli/help.ts'
import { commands } from '#src/cli/table.ts'
import { errorCodes } from '#src/errors/errors.ts'
import { fieldCodes } from '#src/errors/fields.ts'
import type { AnyEndpoint, Proof } from '#src/http/endpoint.ts'
import type { Route } from '#src/http/mount.ts'
import { policies } from '#src/limits/policies.ts'
import { routes } from '#src/routes.ts'
import { describeSettings, envExample } from '#src/settings/describe.ts'
import { rowOf, type SettingKey, settingKeys } from '#src/settings/table.ts'
import { metricNames, metricRow } from '#src/telemetry/metrics-table.ts'
import type { World } from '#src/world/world.ts'

/**
 * `node docs/print.ts` writes docs/reference/ and .env.example from the tables of the code. With `--check` it
 * writes nothing, names what differs and fails.
 */
const pages: Readonly<Record<string, () => string>> = {
  'docs/reference/settings.md': settingsPage,
  'docs/reference/errors.md': refusalsPage,
  'docs/reference/routes.md': routesPage,
  'docs/reference/limits.md': limitsPage,
  'docs/reference/events.md': eventsPage,
  'docs/reference/metrics.md': metricsPage,
  'docs/reference/commands.md': commandsPage,
  '.env.example': envExample,
}

function settingsPage(): string {
  const rows = describeSettings().map((setting, at) => {
    const { name, description, secret, inDevelopment, inProduction, required } = setting
    const same = inDevelopment === inProduction
    const production = required ? 'must be set' : shown(inProduction)
    const fallback = same ? production : `${shown(inDevelopment)} in development, ${production} in production`
    const file = secret ? ` A secret: \`${name}_FILE\` may name a file that holds it.` : ''
    return [`\`${name}\``, `${description}${file}`, takes(settingKeys[at]), fallback]
  })
  return pageOf('Settings', 'src/settings/table.ts', [
    'Read from the environment once, at start. Every problem is reported at once, and a `SIGIL_` name that is',
    'none of these is one. `sigil dev` is development; every other command is production.',
    '',
    ...table(['Name', 'What it is', 'Takes', 'Default'], rows),
  ])
}

/** What a reader says of a text that nobody would write; nothing, where it takes any. */
function takes(key: SettingKey | undefined): string {
  const read = key && rowOf(key).read.safeParse('\0')
  return read?.error?.issues[0]?.message ?? 'the path of a folder'
}

function shown(text: string | undefined): string {
  return text === undefined || text === '' ? 'none' : `\`${text}\``
}

function refusalsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, { status, oauth, en }]) => [
    `\`${code}\``,
    String(status),
    `\`${oauth}\``,
    en,
  ])
  return pageOf('Refusals', 'src/errors/errors.ts and src/errors/fields.ts', [
    'Every no. The API answers `application/problem+json` (RFC 9457) with the `code`, OAuth endpoints answer in',
    'the shape of RFC 6749 with the error beside it, pages answer with a page. The sentence is said in Russian to',
    'those who prefer it. A running server explains each code at `/docs/errors/CODE`.',
    '',
    ...table(['Code', 'Status', 'OAuth error', 'Sentence'], rows),
    '',
    '## Fields',
    '',
    'Beside `invalid_request` stand its `errors`: of each a `pointer` to the field (RFC 6901), a sentence in `detail`,',
    'and one of these codes:',
    '',
    ...table(
      ['Code', 'What is wrong with the field'],
      Object.entries(fieldCodes).map(([code, summary]) => [`\`${code}\``, summary]),
    ),
  ])
}

const shows: Readonly<Record<Proof, string>> = {
  bearer: 'an access token by Bearer',
  access_cookie: 'by its cookie',
  refresh_cookie: 'the refresh token by its cookie',
  page_session: 'a page session by its cookie',
  verifier_key: 'a verifier key by Bearer',
  verifier_basic: 'as the password of Basic',
}

const surfaces = { api: 'The API', oauth: 'OAuth', page: 'Pages' } as const

function routesPage(): string {
  return pageOf('Routes', 'src/routes.ts', [
    'Everything that is served, at a glance; a running server describes the API to the last field at `/docs` and, in',
    'OpenAPI 3.1, at `/openapi.json`. Bodies of the API are JSON, those of OAuth endpoints and pages are forms; a field',
    'with `?` may be left out. Beside what is listed any call may be refused with `invalid_request`, `not_found`,',
    '`method_not_allowed`, `too_large`, `unsupported_media_type` (`not_a_form` where a form is taken), `encoded_body`,',
    '`cross_site`, `unavailable` or `internal`; [refusals.md](refusals.md) says what each means.',
    ...Object.entries(surfaces).flatMap(([surface, title]) => [
      '',
      `## ${title}`,
      ...routes.filter((route) => route.surface === surface).flatMap(routeLines),
    ]),
  ])
}

function routeLines({ method, path, guard, endpoint, fromNoOtherSite }: Route<World>): string[] {
  const codes = [...new Set([...guard.errors, ...endpoint.errors])]
  const proofs = (guard.proofs.length > 0 ? guard.proofs : (endpoint.proofs ?? [])).map(
    (proof) => shows[proof],
  )
  const shown =
    proofs.length > 0 ? ` (${guard.proofs.length > 0 ? 'shows' : 'may show'} ${proofs.join(', or ')})` : ''
  const { body, query, responses, limit } = endpoint
  const lines = [
    `- Who: ${guard.name}${shown}${fromNoOtherSite ? '; from no other site' : ''}`,
    ...(query ? [`- Query: ${isNothing(query) ? 'none may be sent' : fieldsOf(query)}`] : []),
    ...(body ? [`- Body: ${fieldsOf(body)}`] : []),
    ...Object.entries(responses).map(
      ([status, schema]) => `- ${status}${schema ? `: ${fieldsOf(schema)}` : ''}`,
    ),
    ...(codes.length > 0 ? [`- Refuses: ${codes.map((code) => `\`${code}\``).join(', ')}`] : []),
    ...(limit ? [`- Limit: [${limit.name}](limits.md)`] : []),
  ]
  return ['', `### \`${method === 'ALL' ? 'ANY' : method} ${path}\``, '', endpoint.summary, '', ...lines]
}

type Schema = NonNullable<AnyEndpoint<World>['body']>
type Shape = {
  $ref?: string
  $defs?: Record<string, Shape>
  properties?: Record<string, unknown>
  required?: string[]
  anyOf?: Shape[]
}

function isNothing(schema: Schema): boolean {
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return shape.additionalProperties === false && Object.keys(shape.properties ?? {}).length === 0
}

function fieldsOf(schema: Schema): string {
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape
  return namesIn(shape, shape.$defs ?? {})
}

/** A schema with a name of its own is referred to. */
function namesIn(shape: Shape, named: Readonly<Record<string, Shape>>): string {
  const { properties = {}, required = [], anyOf, $ref } = shape
  if ($ref !== undefined) return namesIn(named[$ref.replace('#/$defs/', '')] ?? {}, named)
  if (anyOf) return anyOf.map((one) => namesIn(one, named)).join(', or ')
  const names = Object.keys(properties).map((name) => `\`${name}\`${required.includes(name) ? '' : '?'}`)
  return names.length > 0 ? names.join(' ') : 'an object'
}

function limitsPage(): string {
  const rows = Object.values(policies).map(({ name, counts, quota, windowMs, keptIn }) => [
    `\`${name}\``,
    counts,
    String(quota),
    `${windowMs / 60_000} minutes`,
    keptIn === 'database' ? 'the database: all nodes, over restarts' : 'the memory of each node',
  ])
  return pageOf('Limits', 'src/limits/policies.ts', [
    'A bucket of attempts that fills evenly: so many at once, and all of them back after so long. An address is one',
    'IPv4 address or one IPv6 network of 64 bits. Limits by address answer `429 too_many_requests` and tell what is',
    'left in `RateLimit`; those of `login` and `known_browser` delay more and more, and then say `wrong_credentials`',
    'without looking. `SIGIL_RATE_LIMITS=off` turns all of it off, delays too.',
    '',
    ...table(['Name', 'Counts', 'At once', 'Back after', 'Kept in'], rows),
  ])
}

function eventsPage(): string {
  const rows = Object.entries(events).map(([name, summary]) => [`\`${name}\``, summary])
  return pageOf('Audit events', 'src/audit/events.ts', [
    'What the audit log tells of. Each line is written in the transaction of what it tells of, and is chained to',
    'the one before by a keyed hash: `sigil audit verify` reads it whole. Administrators read it at',
    '`GET /api/v1/audit`.',
    '',
    ...table(['Event', 'What happened'], rows),
  ])
}

function metricsPage(): string {
  const rows = metricNames.map((name) => {
    const { kind, help, labels, buckets } = metricRow(name)
    const bounds = buckets ? ` Buckets up to ${buckets.join(', ')}.` : ''
    const known = Object.entries(labels).map(([label, values]) => {
      return `\`${label}\`: ${typeof values === 'string' ? values : values.map((value) => `\`${value}\``).join(' ')}`
    })
    return [`\`${name}\``, kind, `${help}${bounds}`, known.join('; ') || 'none']
  })
  return pageOf('Metrics', 'src/telemetry/metrics-table.ts', [
    'What `GET /metrics` answers, in the text format of Prometheus: the numbers of one node since it started. No label',
    'names a user, an address or anything else that a caller chooses. Times are seconds. What to do with them:',
    '[observe](../operating/observe.md).',
    '',
    ...table(['Name', 'Kind', 'What it is', 'Labels'], rows),
  ])
}

function commandsPage(): string {
  return pageOf('Commands', 'src/cli/table.ts', [
    'In a checkout `sigil` is `bin/sigil`. A command runs inside the server that has the data folder open, or opens',
    'the database itself where none does.',
    ...commands.flatMap(({ name }) => [
      '',
      `## ${name}`,
      '',
      '```text',
      ...helpAbout(commands, name).lines,
      '```',
    ]),
  ])
}

function pageOf(title: string, from: string, lines: readonly string[]): string {
  const head = [`# ${title}`, '', `<!-- Printed from ${from} by \`node docs/print.ts\`. -->`, '']
  return `${[...head, ...lines].join('\n')}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)]
}

const isCheck = process.argv.includes('--check')
for (const [path, print] of Object.entries(pages)) {
  const file = new URL(`../${path}`, import.meta.url)
  if (!isCheck) writeFileSync(file, print())
  else if (readFileSync(file, 'utf8') !== print()) {
    process.stderr.write(`${path} is not what the code says: run node docs/print.ts.\n`)
    process.exitCode = 1
  }
}
