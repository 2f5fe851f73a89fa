import { z } from 'zod'
import { type Finding, ok, wrong } from '#src/cli/doctor/finding.ts'
import { callOutside, outgoingPolicy } from '#src/http/outgoing.ts'
import { jsonIn } from '#src/platform/json.ts'
import type { Provider } from '#src/settings/providers.ts'
import type { Settings } from '#src/settings/settings.ts'

/** OpenID Connect Discovery 1.0 section 3: what a sign-in needs. */
const Discovery = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
})

/** Reads the endpoints of each identity provider as a sign-in does, without signing anybody in. */
export async function examineProviders(settings: Settings): Promise<Finding[]> {
  return Promise.all(settings.providers.map((provider) => examineProvider(settings, provider)))
}

async function examineProvider(settings: Settings, { name, protocol }: Provider): Promise<Finding> {
  const problem =
    protocol.kind === 'oidc'
      ? await discoveryProblem(settings, protocol.issuer)
      : await connectionProblem(settings, protocol.tokenEndpoint)
  if (problem === undefined) return ok('provider', `${name} can be reached.`)
  return wrong('provider', `${name} cannot be used: ${problem}`, 'Check its entry in SIGIL_PROVIDERS_FILE.')
}

async function discoveryProblem(settings: Settings, issuer: string): Promise<string | undefined> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  try {
    const response = await callOutside(outgoingPolicy(settings), url)
    if (response.status !== 200) return `${url} answers ${response.status}.`
    const { data } = Discovery.safeParse(jsonIn(await response.text()))
    if (!data) return `${url} is not a discovery document.`
    return isIssuer(data.issuer, issuer) ? undefined : `it calls itself ${data.issuer}, not ${issuer}.`
  } catch (error) {
    return sentenceOf(error)
  }
}

/** Microsoft's common endpoint names the tenant in its place. */
function isIssuer(named: string, expected: string): boolean {
  return named.replace(/\/$/, '') === expected.replace(/\/$/, '') || named.includes('{tenantid}')
}

/** Plain OAuth has no discovery: any answer of the token endpoint shows that it can be reached. */
async function connectionProblem(settings: Settings, url: string): Promise<string | undefined> {
  try {
    const { status } = await callOutside(outgoingPolicy(settings), url, { method: 'POST', body: '' })
    return status < 500 ? undefined : `${url} answers ${status}.`
  } catch (error) {
    return sentenceOf(error)
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? `${error.message}.`.replace(/\.\.$/, '.') : String(error)
}
