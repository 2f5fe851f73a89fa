import { once } from 'node:events'
import { createServer } from 'node:net'
import { connect } from 'node:tls'
import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { localUrl } from '#src/cli/local-url.ts'
import { causesOf, codeOf } from '#src/cli/system-errors.ts'
import type { Clock } from '#src/platform/clock.ts'
import type { Settings } from '#src/settings/settings.ts'

const timeoutMs = 4000
const dayMs = 24 * 60 * 60 * 1000
const soonDays = 14

/** Every Sigil server publishes its issuer there. */
const metadata = '/.well-known/oauth-authorization-server'

type Probed =
  | { readonly kind: 'sigil'; readonly issuer: string }
  /** Another program, or a proxy that answers in place of Sigil. */
  | { readonly kind: 'other'; readonly why: string }
  | { readonly kind: 'unreachable'; readonly code: string }

async function probe(url: string): Promise<Probed> {
  try {
    const response = await fetch(url + metadata, {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'manual',
    })
    const body = response.status === 200 ? ((await response.json()) as { issuer?: unknown }) : {}
    if (typeof body.issuer === 'string') return { kind: 'sigil', issuer: body.issuer }
    return { kind: 'other', why: `it answers with status ${response.status}` }
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'other', why: 'its answer is not JSON' }
    const code = causesOf(error)
      .map(codeOf)
      .findLast((one) => one !== undefined)
    return { kind: 'unreachable', code: code ?? (error instanceof Error ? error.name : 'unknown') }
  }
}

/** Checks that the public URL, which is in tokens, links and cookies, leads to this server. */
export async function examineUrl(
  { publicUrl }: Pick<Settings, 'publicUrl'>,
  { clock, isRunning }: { clock: Clock; isRunning: boolean },
): Promise<Finding[]> {
  const cookies = cookiesFinding(publicUrl)
  const at = await probe(publicUrl)
  if (at.kind === 'unreachable' && isTlsError(at.code)) {
    const advice = 'Browsers will reject it too: give the proxy a certificate for this name, with its chain.'
    return [wrong('url', `The certificate of ${publicUrl} is not accepted (${at.code}).`, advice), cookies]
  }
  if (at.kind === 'unreachable') {
    const message = `${publicUrl} cannot be reached from here (${at.code}).`
    const advice = isRunning
      ? 'Check that the name resolves to your proxy and that the proxy forwards to this server.'
      : 'No server is running here: start it and check again.'
    return [warning('url', message, advice), cookies]
  }
  const advice = 'Point it to this server, or correct SIGIL_PUBLIC_URL.'
  if (at.kind === 'other')
    return [wrong('url', `${publicUrl} does not lead to Sigil: ${at.why}.`, advice), cookies]
  if (at.issuer !== publicUrl) {
    return [
      wrong('url', `${publicUrl} leads to another Sigil, whose public URL is ${at.issuer}.`, advice),
      cookies,
    ]
  }
  return [ok('url', `${publicUrl} leads to Sigil.`), ...(await certificate(publicUrl, clock)), cookies]
}

function cookiesFinding(publicUrl: string): Finding {
  if (publicUrl.startsWith('https:')) {
    return ok('cookies', 'Cookies are sent over https only, and no other host can set them.')
  }
  return warning(
    'cookies',
    'Over http, cookies are not encrypted and only browsers on this machine can sign in.',
    'For other machines set SIGIL_PUBLIC_URL to an https origin.',
  )
}

function isTlsError(code: string): boolean {
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)
}

async function certificate(publicUrl: string, clock: Clock): Promise<Finding[]> {
  const { protocol, hostname, port } = new URL(publicUrl)
  if (protocol !== 'https:') return []
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = connect({ host, port: Number(port) || 443, servername: host, timeout: timeoutMs })
  try {
    await once(socket, 'secureConnect')
    const days = (Date.parse(socket.getPeerCertificate().valid_to) - clock.now()) / dayMs
    const message = `The certificate is valid for ${Math.floor(days)} more days.`
    return [days < soonDays ? warning('tls', message, 'Check that it is renewed.') : ok('tls', message)]
  } catch {
    // The URL answered a moment ago, so this is not about the certificate.
    return []
  } finally {
    socket.destroy()
  }
}

/** Checks that the port is free, or that this server has it. */
export async function examinePort({ host, port, publicUrl }: Settings): Promise<Finding> {
  if (port === 0) return ok('port', 'Any free port is used.')
  const code = await listenError(host, port)
  if (code === undefined) return ok('port', `Port ${port} is free: no server is listening.`)
  if (code !== 'EADDRINUSE') {
    return wrong(
      'port',
      `This user cannot listen on ${host}:${port} (${code}).`,
      'Set SIGIL_HOST or SIGIL_PORT.',
    )
  }
  const at = await probe(localUrl({ host, port }))
  if (at.kind === 'sigil' && at.issuer === publicUrl) return ok('port', `Sigil answers on port ${port}.`)
  const who = at.kind === 'sigil' ? `another Sigil (${at.issuer})` : 'another program'
  const advice = `\`ss -ltnp 'sport = :${port}'\` shows which: stop it, or set SIGIL_PORT.`
  return wrong('port', `Port ${port} is taken by ${who}.`, advice)
}

async function listenError(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen({ host, port })
    await once(server, 'listening')
    return undefined
  } catch (error) {
    return codeOf(error) ?? 'unknown'
  } finally {
    server.close()
  }
}
