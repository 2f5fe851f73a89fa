import { hasDoubledPath, isRulePath, type PathRule } from '#src/apps/path-rules.ts'

/** The hosts of an app of the kind `proxy`, and the requirements of its requests. */
export type ProxySite = {
  /** `name` or `name:port`, as a URL of the scheme of `originOf` has it. */
  readonly hosts: readonly string[]
  /** All other paths need a signed-in user. */
  readonly rules: readonly PathRule[]
  /** Whether preflight requests (CORS), which carry no cookies, reach the app. */
  readonly allowsPreflight: boolean
}

export const maxHosts = 20
export const maxRules = 100

/** The origin of a host. Plain http only on this machine, if Sigil itself is used over http. */
export function originOf(host: string, publicUrl: string): string {
  const isPlain = publicUrl.startsWith('http:') && isOnLoopback(host)
  return `${isPlain ? 'http' : 'https'}://${host}`
}

function isOnLoopback(host: string): boolean {
  const name = URL.parse(`http://${host}`)?.hostname ?? ''
  return name === 'localhost' || name.endsWith('.localhost') || name === '127.0.0.1' || name === '[::1]'
}

/** The canonical form of a host that an operator wrote; undefined where it is not one. */
export function hostIn(text: string, publicUrl: string): string | undefined {
  if (!/^(?:[\p{L}\p{N}.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/iu.test(text)) return undefined
  const url = URL.parse(originOf(text.toLowerCase(), publicUrl))
  return url?.hostname ? url.host : undefined
}

/**
 * Whether a host shares its cookies with Sigil: cookies ignore ports. In development everything is on one
 * host, so another port is accepted.
 */
function isHostOfSigil(host: string, publicUrl: string): boolean {
  const own = new URL(publicUrl)
  const other = URL.parse(originOf(host, publicUrl))
  return own.protocol === 'https:' ? other?.hostname === own.hostname : other?.host === own.host
}

export type SiteProblem = {
  readonly field: 'hosts' | 'path_rules'
  readonly reason: 'host_needed' | 'bad_host' | 'host_of_sigil' | 'duplicate' | 'bad_path'
}

/** The problems of a site whose hosts are canonical. */
export function problemsOfSite({ hosts, rules }: ProxySite, publicUrl: string): SiteProblem[] {
  const problems: SiteProblem[] = []
  if (hosts.length === 0) problems.push({ field: 'hosts', reason: 'host_needed' })
  if (new Set(hosts).size < hosts.length) problems.push({ field: 'hosts', reason: 'duplicate' })
  if (hosts.some((host) => isHostOfSigil(host, publicUrl)))
    problems.push({ field: 'hosts', reason: 'host_of_sigil' })
  if (!rules.every(({ path }) => isRulePath(path))) problems.push({ field: 'path_rules', reason: 'bad_path' })
  else if (hasDoubledPath(rules)) problems.push({ field: 'path_rules', reason: 'duplicate' })
  return problems
}
