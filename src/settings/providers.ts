import { z } from 'zod'
import { isLoopback } from '#src/platform/addresses.ts'
import { jsonProblemText, readJson } from '#src/platform/json-document.ts'
import { checked, sentenceOf } from '#src/platform/plain-issues.ts'
import {
  type ClaimNames,
  type EmailTrust,
  type Preset,
  type Protocol,
  presetNames,
  presets,
  standardClaims,
} from '#src/settings/provider-presets.ts'
import { rejectWith } from '#src/settings/reader.ts'
import { readTextFile } from '#src/settings/text-file.ts'

/** How this server authenticates to a provider. */
export type ClientSecret =
  | { readonly kind: 'text'; readonly text: string }
  /** Apple has no fixed secret: each is a JWT signed with this key. */
  | { readonly kind: 'apple'; readonly teamId: string; readonly keyId: string; readonly privateKey: string }
  | { readonly kind: 'none' }

/** An identity provider that users may sign in with. */
export type Provider = {
  /** Part of the URLs. */
  readonly name: string
  /** The name that people see. */
  readonly title: string
  readonly clientId: string
  readonly clientSecret: ClientSecret
  readonly authMethod: 'client_secret_post' | 'client_secret_basic'
  readonly scope: string
  readonly emailTrust: EmailTrust
  readonly protocol: Protocol
  readonly claims: ClaimNames
  readonly responseMode: 'form_post' | undefined
}

/** A provider as the file describes it, before its secret is read. */
export type DescribedProvider = Omit<Provider, 'clientSecret'> & {
  readonly secretFrom:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'environment'; readonly name: string }
    | { readonly kind: 'apple'; readonly teamId: string; readonly keyId: string; readonly path: string }
    | { readonly kind: 'none' }
}

const shortText = z.string().min(1).max(200)
const url = z.string().max(500).refine(isSafeUrl, 'must be an https URL (http only on this machine)')

const Entry = z.strictObject({
  preset: z.enum(presetNames).optional(),
  title: z.string().min(1).max(40).optional(),
  client_id: shortText,
  client_secret_file: shortText.optional(),
  client_secret_env: z
    .string()
    .regex(/^(?!SIGIL_)[A-Za-z_]\w*$/, 'must be the name of a variable that does not begin with SIGIL_')
    .optional(),
  team_id: shortText.optional(),
  key_id: shortText.optional(),
  private_key_file: shortText.optional(),
  issuer: url.optional(),
  authorization_endpoint: url.optional(),
  token_endpoint: url.optional(),
  userinfo_endpoint: url.optional(),
  token_endpoint_auth_method: z.enum(['client_secret_post', 'client_secret_basic']).optional(),
  scope: shortText.optional(),
  email_trust: z.enum(['verified_claim', 'always', 'never']).optional(),
  claims: z
    .strictObject({
      subject: shortText.optional(),
      email: shortText.optional(),
      email_verified: shortText.optional(),
      name: shortText.optional(),
      login: shortText.optional(),
    })
    .optional(),
})

type EntryFields = z.output<typeof Entry>

const File = z.record(
  z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{0,31}$/,
      'must be a name of up to 32 lower-case letters, digits and dashes, and begin with a letter',
    ),
  Entry.superRefine((entry, context) => {
    for (const message of conflictsIn(entry)) context.addIssue({ code: 'custom', message })
  }),
)

const must = 'a JSON object of identity providers, as docs/guides/providers.md describes it'

/** Reads the providers from JSON. The message of the error lists all problems. */
export const providers = z.string().transform((text, context): readonly DescribedProvider[] => {
  const json = readJson(text)
  if (json.kind === 'problem') return rejectWith(context, jsonProblemText(json.problem), must)
  const parsed = checked(File, json.value)
  if (parsed.kind === 'ok')
    return Object.entries(parsed.value).map(([name, entry]) => describedAs(name, entry))
  const problems = parsed.problems.map((problem) => sentenceOf(problem, 'The value'))
  return rejectWith(context, `must be ${must}. ${problems.join(' ')}`)
})

/** Errors that a schema of single fields cannot report. */
function conflictsIn(entry: EntryFields): string[] {
  const { preset, issuer, authorization_endpoint, token_endpoint, userinfo_endpoint } = entry
  const endpoints = [authorization_endpoint, token_endpoint, userinfo_endpoint]
  const named = endpoints.filter((endpoint) => endpoint !== undefined).length
  const apple = [entry.team_id, entry.key_id, entry.private_key_file].filter((part) => part !== undefined)
  const secrets = [entry.client_secret_file, entry.client_secret_env, apple[0]]
  const count = secrets.filter((part) => part !== undefined).length
  const isPublic = preset !== undefined && presetOf(preset).isPublicClient === true
  const mayChooseIssuer = preset === undefined || presetOf(preset).protocol.kind === 'oidc'
  return [
    preset === undefined && issuer === undefined && 'needs `preset` or `issuer`',
    !mayChooseIssuer && issuer !== undefined && 'has a preset with a fixed issuer: remove `issuer`',
    preset !== undefined && named > 0 && 'cannot have endpoints together with a preset',
    named > 0 && named < 3 && 'needs all three endpoints, or none for a provider with OpenID discovery',
    apple.length > 0 &&
      preset !== 'apple' &&
      'can have `team_id`, `key_id` and `private_key_file` only with the preset `apple`',
    apple.length > 0 && apple.length < 3 && 'needs `team_id`, `key_id` and `private_key_file` together',
    count === 0 && !isPublic && 'needs `client_secret_file` or `client_secret_env`',
    count > 1 && 'can have only one of `client_secret_file`, `client_secret_env` and `private_key_file`',
  ].filter((message) => message !== false)
}

function presetOf(name: keyof typeof presets): Preset {
  return presets[name]
}

function describedAs(name: string, entry: EntryFields): DescribedProvider {
  const preset: Partial<Preset> = entry.preset === undefined ? {} : presetOf(entry.preset)
  const { claims: names = {} } = entry
  const claims = preset.claims ?? standardClaims
  return {
    name,
    title: entry.title ?? preset.title ?? name,
    clientId: entry.client_id,
    secretFrom: secretSourceOf(entry),
    authMethod: entry.token_endpoint_auth_method ?? 'client_secret_post',
    scope: entry.scope ?? preset.scope ?? 'openid email profile',
    emailTrust: entry.email_trust ?? preset.emailTrust ?? 'verified_claim',
    protocol: protocolOf(entry, preset.protocol),
    claims: {
      subject: names.subject ?? claims.subject,
      email: names.email ?? claims.email,
      emailVerified: names.email_verified ?? claims.emailVerified,
      name: names.name ?? claims.name,
      login: names.login ?? claims.login,
    },
    responseMode: preset.responseMode,
  }
}

function protocolOf(entry: EntryFields, preset: Protocol | undefined): Protocol {
  const { issuer = preset?.issuer ?? '', authorization_endpoint, token_endpoint, userinfo_endpoint } = entry
  if (preset?.kind === 'oauth') return preset
  if (!authorization_endpoint || !token_endpoint || !userinfo_endpoint) return { kind: 'oidc', issuer }
  return {
    kind: 'oauth',
    issuer,
    authorizationEndpoint: authorization_endpoint,
    tokenEndpoint: token_endpoint,
    userinfoEndpoint: userinfo_endpoint,
    userinfoBy: 'Bearer',
  }
}

function secretSourceOf(entry: EntryFields): DescribedProvider['secretFrom'] {
  const { client_secret_file, client_secret_env, team_id, key_id, private_key_file } = entry
  if (client_secret_file !== undefined) return { kind: 'file', path: client_secret_file }
  if (client_secret_env !== undefined) return { kind: 'environment', name: client_secret_env }
  if (team_id === undefined || key_id === undefined || private_key_file === undefined) return { kind: 'none' }
  return { kind: 'apple', teamId: team_id, keyId: key_id, path: private_key_file }
}

/** The providers with their secrets, or every problem with a secret. */
export function withSecrets(
  described: readonly DescribedProvider[],
  env: Readonly<Record<string, string | undefined>>,
): { providers: readonly Provider[]; problems: string[] } {
  const problems: string[] = []
  const read = described.map(({ secretFrom, ...provider }) => {
    const secret = secretOf(secretFrom, env)
    if (typeof secret !== 'string') return { ...provider, clientSecret: secret }
    problems.push(`SIGIL_PROVIDERS: ${provider.name}: ${secret}`)
    return { ...provider, clientSecret: { kind: 'none' } as const }
  })
  return { providers: read, problems }
}

/** Returns the problem as a sentence where the secret cannot be read. */
function secretOf(
  from: DescribedProvider['secretFrom'],
  env: Readonly<Record<string, string | undefined>>,
): ClientSecret | string {
  if (from.kind === 'none') return from
  if (from.kind === 'environment') {
    const text = env[from.name]?.trim()
    return text ? { kind: 'text', text } : `${from.name} is not set in the environment.`
  }
  const read = readTextFile(from.path)
  if (read.kind === 'problem') return `${from.path} ${read.why}.`
  const text = read.text.trim()
  return from.kind === 'file'
    ? { kind: 'text', text }
    : { kind: 'apple', teamId: from.teamId, keyId: from.keyId, privateKey: text }
}

function isSafeUrl(text: string): boolean {
  const parsed = URL.parse(text)
  if (parsed === null || parsed.hash !== '' || parsed.username !== '') return false
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  return (
    parsed.protocol === 'https:' ||
    (parsed.protocol === 'http:' && (host === 'localhost' || isLoopback(host)))
  )
}
