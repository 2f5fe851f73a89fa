import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { events } from '#src/audit/events.ts'
import { appsFileSchema } from '#src/cli/commands/apps-file.ts'
import { helpAbout } from '#src/cli/help.ts'
import { commands } from '#src/cli/table.ts'
import { errorCodes } from '#src/errors/error-codes.ts'
import { fieldCodes } from '#src/errors/fields.ts'
import type { AnyEndpoint, Proof } from '#src/http/endpoint.ts'
import type { Route } from '#src/http/mount.ts'
import { policies } from '#src/limits/policies.ts'
import { routes } from '#src/routes.ts'
import { describeSettings, envExample } from '#src/settings/describe.ts'
import { rowOf, type SettingKey, settingKeys } from '#src/settings/table.ts'
import { metricNames, metricRow } from '#src/telemetry/metrics-table.ts'
import type { World } from '#src/world/world.ts'
import { unfinishedRequests } from './unfinished-requests.ts'

/**
 * `node docs/print.ts` writes docs/reference/ and .env.example from the tables of the code. With `--check` it
 * writes nothing and fails if a file differs.
 */
const pages: Readonly<Record<string, () => string>> = {
  'docs/reference/settings.md': settingsPage,
  'docs/reference/errors.md': errorsPage,
  'docs/reference/routes.md': routesPage,
  'docs/reference/limits.md': limitsPage,
  'docs/reference/events.md': eventsPage,
  'docs/reference/metrics.md': metricsPage,
  'docs/reference/commands.md': commandsPage,
  'docs/reference/apps-file.schema.json': () => `${JSON.stringify(appsFileSchema(), undefined, 2)}\n`,
  'src/cli/command-list.json': commandList,
  '.env.example': envExample,
}

function settingsPage(): string {
  const rows = describeSettings().map((setting, at) => {
    const { name, description, secret, inDevelopment, inProduction, required } = setting
    const same = inDevelopment === inProduction
    const production = required ? 'must be set' : shown(inProduction)
    const fallback = same ? production : `${shown(inDevelopment)} in development, ${production} in production`
    const file = secret ? ` A secret; \`${name}_FILE\` may name a file with the value.` : ''
    return [`\`${name}\``, `${description}${file}`, valueFormat(settingKeys[at]), fallback]
  })
  return pageOf('Settings', 'src/settings/table.ts', [
    'Settings are read from the environment once, at start. All problems are reported at once; an unknown',
    '`SIGIL_` name is one. `sigil dev` is development; every other command is production.',
    '',
    ...table(['Name', 'Description', 'Value', 'Default'], rows),
  ])
}

/** What a value must be: the message of its reader about a bad value. A path may be anything. */
function valueFormat(key: SettingKey | undefined): string {
  const read = key && rowOf(key).read.safeParse('\0')
  const [issue] = read?.error?.issues ?? []
  const must = issue?.code === 'custom' ? issue.params?.must : undefined
  return must ?? issue?.message ?? 'the path of a folder'
}

function shown(text: string | undefined): string {
  return text === undefined || text === '' ? 'none' : `\`${text}\``
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, { status, oauth, en }]) => [
    `\`${code}\``,
    String(status),
    `\`${oauth}\``,
    en,
  ])
  return pageOf('Errors', 'src/errors/error-codes.ts and src/errors/fields.ts', [
    'All error codes. The API returns `application/problem+json` (RFC 9457) with the `code`, OAuth endpoints',
    'return the OAuth error as in RFC 6749, pages show a page. Messages are in English or Russian, by',
    '`Accept-Language`. Codes are stable: branch on the code, not on the text. A running server explains',
    'each at `/docs/errors/CODE`.',
    '',
    ...table(['Code', 'Status', 'OAuth error', 'Message'], rows),
    '',
    '## Field errors',
    '',
    '`invalid_request` lists what is wrong in `errors`, at most 20: for each field a `pointer` (RFC 6901), a',
    'sentence in `detail`, often a more precise one than here, and one of these codes:',
    '',
    ...table(
      ['Code', 'Meaning'],
      Object.entries(fieldCodes).map(([code, { en }]) => [`\`${code}\``, en]),
    ),
  ])
}

const proofNames: Readonly<Record<Proof, string>> = {
  bearer: 'access token as Bearer',
  access_cookie: 'access token cookie',
  refresh_cookie: 'refresh token cookie',
  page_session: 'page session cookie',
  verifier_key: 'verifier key as Bearer',
  verifier_basic: 'verifier key as the Basic password',
}

const surfaces: Readonly<Record<Route<World>['surface'], string>> = {
  api: 'API',
  oauth: 'OAuth',
  oauth_json: 'OAuth with JSON',
  page: 'Pages',
}

function routesPage(): string {
  return pageOf('Routes', 'src/routes.ts', [
    'All routes at a glance. A running server describes the API in full at `/docs` and, in OpenAPI 3.1, at',
    '`/openapi.json`. Request bodies are JSON in the API, and forms at OAuth endpoints and pages unless the',
    'title says otherwise; a field with `?` is optional. In addition to the listed errors any call may return',
    '`invalid_request`, `not_found`, `method_not_allowed`, `body_timeout`, `too_large`, `too_many_bodies`,',
    '`unsupported_media_type` (`not_a_form` for forms),',
    '`encoded_body`, `cross_site`, `unavailable` or `internal`. [errors.md](errors.md) explains them all.',
    ...Object.entries(surfaces).flatMap(([surface, title]) => [
      '',
      `## ${title}`,
      ...routes.filter((route) => route.surface === surface).flatMap(routeLines),
    ]),
  ])
}

function routeLines({ method, path, guard, endpoint, sameSiteOnly }: Route<World>): string[] {
  const codes = [...new Set([...guard.errors, ...endpoint.errors])]
  const proofs = (guard.proofs.length > 0 ? guard.proofs : (endpoint.proofs ?? [])).map(
    (proof) => proofNames[proof],
  )
  const shown =
    proofs.length > 0 ? ` (${guard.proofs.length > 0 ? '' : 'optional: '}${proofs.join(', or ')})` : ''
  const { body, query, responses, limit } = endpoint
  const lines = [
    `- Guard: ${guard.name}${shown}${sameSiteOnly ? '; same site only' : ''}`,
    ...(query ? [`- Query: ${isNothing(query) ? 'none allowed' : fieldsOf(query)}`] : []),
    ...(body ? [`- Body: ${fieldsOf(body)}`] : []),
    ...Object.entries(responses).map(
      ([status, schema]) => `- ${status}${schema ? `: ${fieldsOf(schema)}` : ''}`,
    ),
    ...(codes.length > 0 ? [`- Errors: ${codes.map((code) => `\`${code}\``).join(', ')}`] : []),
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

/** A schema with a name of its own is a reference. */
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
    keptIn === 'database' ? 'the database, for all nodes' : 'the memory of each node',
  ])
  return pageOf('Limits', 'src/limits/policies.ts', [
    'Each limit is a bucket of attempts that refills evenly. An IP address is one IPv4 address or one IPv6',
    'network of 64 bits. Limits by IP address return `429 too_many_requests`, and what is left in the',
    '`RateLimit` header. The limits `login` and `known_browser` delay attempts more and more, and then',
    'return `429 too_many_attempts` without checking the password. `SIGIL_RATE_LIMITS=off` turns off all limits',
    'and delays.',
    '',
    ...table(['Name', 'Counts', 'Attempts', 'Refills in', 'Stored in'], rows),
    ...unfinishedRequests,
  ])
}

function eventsPage(): string {
  const rows = Object.entries(events).map(([name, summary]) => [`\`${name}\``, summary])
  return pageOf('Audit events', 'src/audit/events.ts', [
    'The events of the audit log. Each is written in the transaction of the change it records, and is',
    'chained to the previous one by a keyed hash: `sigil audit verify` checks the whole log. Administrators',
    'read it with `GET /api/v1/audit`.',
    '',
    ...table(['Event', 'Description'], rows),
  ])
}

function metricsPage(): string {
  const rows = metricNames.map((name) => {
    const { kind, help, labels, buckets } = metricRow(name)
    const bounds = buckets ? ` Buckets up to ${buckets.join(', ')}.` : ''
    const known = Object.entries(labels).map(([label, values]) => {
      const shown = typeof values === 'string' ? values : values.map((value) => `\`${value}\``).join(' ')
      return `\`${label}\`: ${shown}`
    })
    return [`\`${name}\``, kind, `${help}${bounds}`, known.join('; ') || 'none']
  })
  return pageOf('Metrics', 'src/telemetry/metrics-table.ts', [
    'The metrics of `GET /metrics`, in the text format of Prometheus, of one node since it started. Labels',
    'never hold a user, an IP address or anything else that a caller chooses. Times are in seconds. How to',
    'use them: [observe](../operating/observe.md).',
    '',
    ...table(['Name', 'Kind', 'Description', 'Labels'], rows),
  ])
}

function commandsPage(): string {
  return pageOf('Commands', 'src/cli/table.ts', [
    'In a checkout `sigil` is `bin/sigil`. A command runs inside the server that has the data folder open;',
    'without one it opens the database itself.',
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

/** What `help` and completion read, so that they need not load the commands. */
function commandList(): string {
  const list = commands.map(({ name, summary, operands, choices, flags }) => {
    return { name, summary, operands, choices, flags }
  })
  return `[\n${list.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`
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
    process.stderr.write(`${path} does not match the code: run node docs/print.ts.\n`)
    process.exitCode = 1
  }
}
