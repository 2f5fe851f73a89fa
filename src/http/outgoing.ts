import { lookup } from 'node:dns'
import { type IncomingMessage, request as overHttp, type RequestOptions } from 'node:http'
import { request as overHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { type Cidrs, inCidrs, isLoopback } from '#src/platform/addresses.ts'
import { isPublicAddress } from '#src/platform/public-addresses.ts'
import type { Settings } from '#src/settings/settings.ts'
import { traceHeaders } from '#src/telemetry/trace.ts'

/** Allowed destinations, and the limits for the time and size of a response. */
export type OutgoingPolicy = {
  /** Whether this machine may be called, including with plain http. */
  readonly allowsLoopback: boolean
  /** Private networks that the operator allows. */
  readonly allowed: Cidrs
  readonly maxMs: number
  readonly maxBytes: number
  /** Additional certificate authorities, in PEM. */
  readonly ca?: string
}

export type OutgoingCall = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** The call was not allowed, or did not succeed in time. The message is for the log. */
export class OutgoingFailed extends Error {
  override name = 'OutgoingFailed'
}

/**
 * A server on plain http runs on a developer's machine: only such a server calls services on the same
 * machine.
 */
export function outgoingPolicy({ publicUrl, outgoingAllow }: Settings): OutgoingPolicy {
  return {
    allowsLoopback: publicUrl.startsWith('http:'),
    allowed: outgoingAllow,
    maxMs: 5000,
    maxBytes: 1024 * 1024,
  }
}

/**
 * Calls an external URL. All outgoing requests of the server go through here: https, no redirects, and no
 * address of this machine or of a private network. Addresses are checked when the connection is made, so a
 * name cannot pass a check and then resolve to another address. Throws `OutgoingFailed`.
 */
export async function callOutside(
  policy: OutgoingPolicy,
  url: string,
  { method = 'GET', headers = {}, body, signal }: OutgoingCall = {},
): Promise<Response> {
  const target = URL.parse(url)
  if (!target) throw new OutgoingFailed('Not a URL')
  refuseTarget(policy, target)
  const content = bodyOf(body)
  const deadline = AbortSignal.any([AbortSignal.timeout(policy.maxMs), ...(signal ? [signal] : [])])
  const sent = {
    ...traceHeaders(),
    ...headers,
    'accept-encoding': 'identity',
    'user-agent': 'Sigil',
    ...(content === undefined ? {} : { 'content-length': String(content.length) }),
  }
  try {
    const response = await send(policy, target, { method, headers: sent, signal: deadline }, content)
    return await read(policy, target, response)
  } catch (error) {
    if (error instanceof OutgoingFailed) throw error
    const reason = deadline.aborted ? `no complete answer within ${policy.maxMs} ms` : String(error)
    throw new OutgoingFailed(`${target.origin}: ${reason}`, { cause: error })
  }
}

function refuseTarget(policy: OutgoingPolicy, target: URL): void {
  const isHttp = target.protocol === 'http:' && policy.allowsLoopback
  if (target.protocol !== 'https:' && !isHttp) throw new OutgoingFailed(`${target.origin}: not https`)
  if (target.username !== '' || target.password !== '')
    throw new OutgoingFailed(`${target.origin}: a password in the URL`)
  // Node does not look up a literal address, so `lookup` below would not see it.
  const literal = target.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0 && !mayConnect(policy, target, literal)) throw notAllowed(target, literal)
}

/** Plain http is only for this machine. */
function mayConnect({ allowsLoopback, allowed }: OutgoingPolicy, { protocol }: URL, address: string) {
  if (isLoopback(address)) return allowsLoopback || (protocol === 'https:' && inCidrs(address, allowed))
  return protocol === 'https:' && (isPublicAddress(address) || inCidrs(address, allowed))
}

function notAllowed(target: URL, address: string): OutgoingFailed {
  return new OutgoingFailed(
    `${target.origin}: ${address} is not a public address. SIGIL_OUTGOING_ALLOW may allow it.`,
  )
}

function send(
  policy: OutgoingPolicy,
  target: URL,
  options: RequestOptions,
  content: Buffer | undefined,
): Promise<IncomingMessage> {
  const { ca } = policy
  const all = {
    ...options,
    agent: false,
    lookup: lookupFor(policy, target),
    ...(ca === undefined ? {} : { ca }),
  }
  return new Promise((resolve, reject) => {
    const request = (target.protocol === 'https:' ? overHttps : overHttp)(target, all, resolve)
    request.on('error', reject)
    request.on('socket', (socket) =>
      socket.once('connect', () => {
        const address = socket.remoteAddress ?? ''
        if (!mayConnect(policy, target, address)) request.destroy(notAllowed(target, address))
      }),
    )
    request.end(content)
  })
}

/** Resolves a name to the addresses that may be called. */
function lookupFor(policy: OutgoingPolicy, target: URL): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, [])
      const addresses = found.filter(({ address }) => mayConnect(policy, target, address))
      const [first] = addresses
      if (!first) return callback(notAllowed(target, found[0]?.address ?? hostname), [])
      if (options.all) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}

async function read({ maxBytes }: OutgoingPolicy, target: URL, response: IncomingMessage): Promise<Response> {
  const status = response.statusCode ?? 0
  const encoding = response.headers['content-encoding'] ?? 'identity'
  const chunks: Buffer[] = []
  let length = 0
  try {
    if (status >= 300 && status < 400) throw new OutgoingFailed(`${target.origin}: a redirect`)
    if (encoding !== 'identity') throw new OutgoingFailed(`${target.origin}: an encoded body`)
    for await (const chunk of response) {
      length += chunk.length
      if (length > maxBytes) throw new OutgoingFailed(`${target.origin}: more than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
  } finally {
    response.destroy()
  }
  const headers = new Headers()
  for (const [name, values] of Object.entries(response.headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  const isBodyless = status === 204 || status === 205 || status < 200
  return new Response(isBodyless ? null : Buffer.concat(chunks), { status, headers })
}

function bodyOf(body: unknown): Buffer | undefined {
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string' || body instanceof URLSearchParams) return Buffer.from(String(body))
  if (body instanceof Uint8Array) return Buffer.from(body)
  throw new Error('A body of this type is not supported')
}
