import { z } from 'zod'
import { addApp } from '#src/apps/add-app.ts'
import { type App, appKinds, idTokenAlgs } from '#src/apps/app.ts'
import { emptyApp } from '#src/apps/on-wire.ts'
import type { ProxySite } from '#src/apps/proxy-site.ts'
import { byCli } from '#src/audit/by.ts'
import { failure, success, worldCommand } from '#src/cli/command.ts'
import { securityFieldsOf, securityFlags, securityInput } from '#src/cli/commands/app-security.ts'
import { HostWords, RuleWords, siteFlags } from '#src/cli/commands/proxy-apps.ts'
import { proxyConfigLines, proxyConfigOf } from '#src/cli/commands/proxy-config.ts'
import { exampleOf, frameworks, kindFor, uriDefaultsFor } from '#src/cli/frameworks.ts'
import { columns } from '#src/cli/help.ts'
import { duration } from '#src/settings/readers.ts'
import type { World } from '#src/world/world.ts'

const Words = z.array(z.string().min(1).max(1000)).max(50).default([])

/** `NAME` or `NAME:scope,scope`. */
const ApiWord = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}(?::[!#-+\--[\]-~]+(?:,[!#-+\--[\]-~]+)*)?$/, {
    error: 'must be NAME or NAME:scope,scope.',
  })
  .transform((word) => {
    const colon = word.indexOf(':')
    if (colon === -1) return { name: word }
    return { name: word.slice(0, colon), scopes: word.slice(colon + 1).split(',') }
  })

const flowFlags = {
  backchannel: {
    kind: 'text',
    value: 'URI',
    required: false,
    summary: 'Receives a logout token when a sign-in ends.',
  },
  'client-uri': {
    kind: 'text',
    value: 'URI',
    required: false,
    summary: 'Its web site, linked on the consent page.',
  },
  terms: {
    kind: 'text',
    value: 'URI',
    required: false,
    summary: 'Terms of use, linked on the consent page.',
  },
  privacy: { kind: 'text', value: 'URI', required: false, summary: 'Privacy policy, linked there too.' },
  'access-lifetime': {
    kind: 'text',
    value: 'DURATION',
    required: false,
    summary: 'Lifetime of its access tokens, 1m to 1h.',
  },
  'refresh-lifetime': {
    kind: 'text',
    value: 'DURATION',
    required: false,
    summary: 'Idle lifetime of its refresh tokens, 1m to 90d.',
  },
  'device-flow': { kind: 'switch', summary: 'Sign in on devices without a browser; native apps always may.' },
} as const

const flowInput = {
  backchannel: z.string().max(1000).optional(),
  'client-uri': z.string().max(1000).optional(),
  terms: z.string().max(1000).optional(),
  privacy: z.string().max(1000).optional(),
  'access-lifetime': duration('1m', '1h').optional(),
  'refresh-lifetime': duration('1m', '90d').optional(),
  'device-flow': z.literal(true).optional(),
}

function flowFieldsOf(input: z.output<z.ZodObject<typeof flowInput>>) {
  return {
    backchannelUri: input.backchannel,
    clientUri: input['client-uri'],
    termsUri: input.terms,
    privacyUri: input.privacy,
    accessLifetimeMs: input['access-lifetime'],
    refreshLifetimeMs: input['refresh-lifetime'],
    usesDeviceFlow: input['device-flow'] === true,
  }
}

export const addAppCommand = worldCommand({
  name: 'app add',
  creates: 'nothing',
  summary: 'Register an app that signs users in, a machine, or an app behind a proxy.',
  operands: ['name'],
  flags: {
    kind: { kind: 'text', value: appKinds.join('|'), required: true, summary: 'Where the app runs.' },
    redirect: { kind: 'list', value: 'URI', required: false, summary: 'Where users return to.' },
    'post-logout': { kind: 'list', value: 'URI', required: false, summary: 'Where they go after a logout.' },
    origin: { kind: 'list', value: 'ORIGIN', required: false, summary: 'Whose scripts may get tokens.' },
    api: { kind: 'list', value: 'NAME[:SCOPE,...]', required: false, summary: 'An API, the default first.' },
    'third-party': { kind: 'switch', summary: 'Ask each user for consent.' },
    'id-token-alg': {
      kind: 'text',
      value: idTokenAlgs.join('|'),
      required: false,
      summary: 'What signs ID tokens; RS256 by default.',
    },
    ...flowFlags,
    ...securityFlags,
    framework: {
      kind: 'text',
      value: frameworks.join('|'),
      required: false,
      summary: 'Print a whole example app, too.',
    },
    pkce: { kind: 'text', value: 'optional', required: false, summary: 'Do not require PKCE.' },
    ...siteFlags,
    'allow-preflight': { kind: 'switch', summary: 'Let CORS preflights reach the app behind a proxy.' },
  },
  input: z.strictObject({
    name: z.string().min(1).max(100),
    kind: z.enum(appKinds, `must be one of: ${appKinds.join(', ')}.`),
    redirect: Words,
    'post-logout': Words,
    origin: Words,
    api: z.array(ApiWord).max(50).default([]),
    'third-party': z.literal(true).optional(),
    framework: z.enum(frameworks, `must be one of: ${frameworks.join(', ')}.`).optional(),
    pkce: z.literal('optional').optional(),
    host: HostWords,
    rule: RuleWords,
    'allow-preflight': z.literal(true).optional(),
    ...flowInput,
    ...securityInput,
    'id-token-alg': z.enum(idTokenAlgs, `must be one of: ${idTokenAlgs.join(', ')}.`).optional(),
  }),
  run: async (world, { framework, ...input }) => {
    if (framework && kindFor(framework) !== input.kind) {
      return failure('usage', [`--framework ${framework} is for --kind ${kindFor(framework)}.`])
    }
    const { app, secret } = await addApp(world, {
      ...emptyApp,
      name: input.name,
      kind: input.kind,
      ...registeredUris(input, framework && uriDefaultsFor(framework)),
      apis: input.api,
      isFirstParty: input['third-party'] === undefined,
      isPkceOptional: input.pkce === 'optional',
      idTokenAlg: input['id-token-alg'] ?? (input.profile ? 'ES256' : 'RS256'),
      ...flowFieldsOf(input),
      ...securityFieldsOf(input),
      site: siteIn(input),
      by: byCli,
    })
    const issuer = world.settings.publicUrl
    const example = framework ? exampleOf(framework, { app, secret, issuer }) : []
    return success([...addedLines(world, app, secret), ...(framework ? ['', ...example] : [])], {
      client_id: app.clientId,
      ...(secret && { client_secret: secret }),
      ...(framework && { example: example.join('\n') }),
      issuer,
      ...(app.site
        ? { hosts: app.site.hosts, proxy_config: proxyConfigOf(app) }
        : { discovery: `${world.settings.publicUrl}/.well-known/openid-configuration` }),
    })
  },
})

type Uris = Pick<App, 'redirectUris' | 'postLogoutUris' | 'allowedOrigins'>
type UriFlags = Readonly<Record<'redirect' | 'post-logout' | 'origin', readonly string[]>>

/** An example has its own URLs; any that the operator passes replace all of them. */
function registeredUris(flags: UriFlags, defaults: Uris | undefined): Uris {
  if (defaults && flags.redirect.length === 0) return defaults
  return {
    redirectUris: flags.redirect,
    postLogoutUris: flags['post-logout'],
    allowedOrigins: flags.origin,
  }
}

type SiteInput = { host: readonly string[]; rule: ProxySite['rules']; 'allow-preflight'?: true | undefined }

function siteIn({ host: hosts, rule: rules, 'allow-preflight': allows }: SiteInput): ProxySite | undefined {
  const isGiven = hosts.length > 0 || rules.length > 0 || allows !== undefined
  return isGiven ? { hosts, rules, allowsPreflight: allows !== undefined } : undefined
}

function addedLines({ settings }: World, app: App, secret: string | undefined): string[] {
  const rows = [
    ['Client ID', app.clientId],
    ...(secret ? [['Client secret', secret]] : []),
    [app.site ? 'Sign-in' : 'Issuer', settings.publicUrl],
    ...(app.site ? [['Hosts', app.site.hosts.join(' ')]] : []),
  ]
  const once = secret ? ['', 'The secret is shown only once: give it to the app.'] : []
  const config = app.site ? [...trustLines(settings), ...proxyConfigLines(proxyConfigOf(app))] : []
  return [`The app ${app.name} is registered.`, '', ...columns(rows), ...once, ...config]
}

function trustLines({ trustedProxies }: World['settings']): string[] {
  if (trustedProxies.texts.length > 0) return []
  return ['', 'Set SIGIL_TRUSTED_PROXIES to the address of the proxy: Sigil answers no other client.']
}
