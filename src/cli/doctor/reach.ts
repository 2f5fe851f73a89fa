import { once } from 'node:events'
import { createServer } from 'node:net'
import { connect } from 'node:tls'
import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { localUrl } from '#src/cli/local-url.ts'
import { causesOf, codeOf } from '#src/cli/system-errors.ts'
import type { Clock } from '#src/platform/clock.ts'
import type { Settings } from '#src/settings/settings.ts'

const patienceMs = 4000
const dayMs = 24 * 60 * 60 * 1000
const soonDays = 14

/** Every Sigil says there who it is. */
const metadata = '/.well-known/oauth-authorization-server'

type Asked =
  | { readonly kind: 'issuer'; readonly issuer: string }
  /** Somebody else, or something between that answers for us. */
  | { readonly kind: 'stranger'; readonly said: string }
  | { readonly kind: 'nobody'; readonly code: string }

async function whoIsAt(url: string): Promise<Asked> {
  try {
    const answer = await fetch(url + metadata, {
      signal: AbortSignal.timeout(patienceMs),
      redirect: 'manual',
    })
    const said = answer.status === 200 ? ((await answer.json()) as { issuer?: unknown }) : {}
    if (typeof said.issuer === 'string') return { kind: 'issuer', issuer: said.issuer }
    return { kind: 'stranger', said: `it answers ${answer.status}` }
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'stranger', said: 'it does not answer in JSON' }
    const code = causesOf(error)
      .map(codeOf)
      .findLast((one) => one !== undefined)
    return { kind: 'nobody', code: code ?? (error instanceof Error ? error.name : 'unknown') }
  }
}

/** Whether what is said in tokens, links and cookies leads here. */
export async function examineUrl(
  { publicUrl }: Pick<Settings, 'publicUrl'>,
  { clock, isRunning }: { clock: Clock; isRunning: boolean },
): Promise<Finding[]> {
  const cookies = cookiesFinding(publicUrl)
  const at = await whoIsAt(publicUrl)
  if (at.kind === 'nobody' && isTlsFault(at.code)) {
    const advice = 'Browsers will refuse it too: give the proxy a certificate for this name, with its chain.'
    return [wrong('url', `The certificate of ${publicUrl} is refused (${at.code}).`, advice), cookies]
  }
  if (at.kind === 'nobody') {
    const message = `${publicUrl} cannot be reached from here (${at.code}).`
    const advice = isRunning
      ? 'Look whether its name leads to your proxy, and the proxy to this server.'
      : 'No server runs here; start it and look again.'
    return [warning('url', message, advice), cookies]
  }
  const advice = 'Let it lead to this server, or correct SIGIL_PUBLIC_URL.'
  if (at.kind === 'stranger')
    return [wrong('url', `Not Sigil is at ${publicUrl}: ${at.said}.`, advice), cookies]
  if (at.issuer !== publicUrl) {
    return [
      wrong('url', `At ${publicUrl} is another Sigil, which calls itself ${at.issuer}.`, advice),
      cookies,
    ]
  }
  return [ok('url', `${publicUrl} leads to Sigil.`), ...(await certificate(publicUrl, clock)), cookies]
}

function cookiesFinding(publicUrl: string): Finding {
  if (publicUrl.startsWith('https:')) {
    return ok('cookies', 'They are sent over https alone, and no other host can set them.')
  }
  return warning(
    'cookies',
    'Over http they go unencrypted, and only browsers on this machine can sign in.',
    'For others set SIGIL_PUBLIC_URL to an https origin.',
  )
}

function isTlsFault(code: string): boolean {
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)
}

async function certificate(publicUrl: string, clock: Clock): Promise<Finding[]> {
  const { protocol, hostname, port } = new URL(publicUrl)
  if (protocol !== 'https:') return []
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = connect({ host, port: Number(port) || 443, servername: host, timeout: patienceMs })
  try {
    await once(socket, 'secureConnect')
    const days = (Date.parse(socket.getPeerCertificate().valid_to) - clock.now()) / dayMs
    const message = `The certificate is good for ${Math.floor(days)} more days.`
    return [days < soonDays ? warning('tls', message, 'See that it is renewed.') : ok('tls', message)]
  } catch {
    // It was reached a moment ago: whatever this is, it is not the certificate.
    return []
  } finally {
    socket.destroy()
  }
}

/** Whether the port can be had, or is ours already. */
export async function examinePort({ host, port, publicUrl }: Settings): Promise<Finding> {
  if (port === 0) return ok('port', 'Any free one will do.')
  const code = await listenFault(host, port)
  if (code === undefined) return ok('port', `${port} is free: no server listens there.`)
  if (code !== 'EADDRINUSE') {
    return wrong(
      'port',
      `This user cannot listen on ${host}:${port} (${code}).`,
      'Set SIGIL_HOST or SIGIL_PORT.',
    )
  }
  const at = await whoIsAt(localUrl({ host, port }))
  if (at.kind === 'issuer' && at.issuer === publicUrl) return ok('port', `Sigil answers on ${port}.`)
  const who = at.kind === 'issuer' ? `another Sigil (${at.issuer})` : 'another program'
  const advice = `\`ss -ltnp 'sport = :${port}'\` tells which: stop it, or set SIGIL_PORT.`
  return wrong('port', `${port} is taken by ${who}.`, advice)
}

async function listenFault(host: string, port: number): Promise<string | undefined> {
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
