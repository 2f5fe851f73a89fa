import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { after } from 'node:test'
import { openRecord } from '#test/support/answers-seen.ts'
import { CookieJar } from '#test/support/cookie-jar.ts'
import { assertDocumented } from '#test/support/documented.ts'
import type { WireBody } from '#test/support/wire-body.ts'

export type Reply = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Complete `Set-Cookie` values, in order. */
  readonly cookies: readonly string[]
  readonly text: string
  /** The body parsed as JSON; an empty object if it is not JSON. */
  readonly body: WireBody
}

/** Options of a call. Any header can be set, also those that browsers do not allow scripts to set. */
export type Sent = {
  readonly json?: unknown
  /** A raw body, with the content type in `headers`, if any. */
  readonly raw?: string | Buffer
  /** Sends the body in chunks, without Content-Length. */
  readonly chunked?: boolean
  /** Awaited after the server has read the headers and before the body is sent. */
  readonly beforeBody?: () => Promise<unknown>
  readonly bearer?: string
  /** `undefined` removes a header. A `cookie` replaces those of the jar. */
  readonly headers?: Record<string, string | string[] | undefined>
}

export type Client = {
  readonly jar: CookieJar
  send(method: string, path: string, sent?: Sent): Promise<Reply>
  get(path: string, sent?: Sent): Promise<Reply>
  post(path: string, json?: unknown, sent?: Sent): Promise<Reply>
  put(path: string, json: unknown, sent?: Sent): Promise<Reply>
  patch(path: string, json: unknown, sent?: Sent): Promise<Reply>
  delete(path: string, sent?: Sent): Promise<Reply>
}

/** The caller. A server uses this IP address if it trusts this machine as a proxy. */
export type Who = { readonly userAgent?: string; readonly address?: string }

/** A client without cookies, for bearer tokens. Each call uses a new connection. */
export function clientAt(url: string, who: Who = {}): Client {
  return makeClient(url, who, { keepsCookies: false, agent: false })
}

/** The same over one keep-alive connection, which is closed when the running test ends. */
export function keptClientAt(url: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  after(() => agent.destroy())
  return makeClient(url, {}, { keepsCookies: false, agent })
}

/** A client with cookies, like a browser. */
export function browserAt(url: string, who: Who = {}): Client {
  return makeClient(url, who, { keepsCookies: true, agent: false })
}

const record = openRecord(process.env.SIGIL_TEST_ANSWERS)

type Habits = { readonly keepsCookies: boolean; readonly agent: Agent | false }

function makeClient(url: string, who: Who, { keepsCookies, agent }: Habits): Client {
  const jar = new CookieJar()
  const send = async (method: string, path: string, sent: Sent = {}) => {
    const cookies = keepsCookies ? jar.headerFor(path) : undefined
    const headers = headersOf(who, cookies, sent)
    const reply = await exchange(url, method, path, { ...sent, headers, agent })
    assertDocumented(method, path, reply)
    record(method, path, reply)
    if (keepsCookies) for (const cookie of reply.cookies) jar.keep(cookie)
    return reply
  }
  return {
    jar,
    send,
    get: (path, sent) => send('GET', path, sent),
    post: (path, json, sent) => send('POST', path, { ...sent, json }),
    put: (path, json, sent) => send('PUT', path, { ...sent, json }),
    patch: (path, json, sent) => send('PATCH', path, { ...sent, json }),
    delete: (path, sent) => send('DELETE', path, sent),
  }
}

function headersOf(who: Who, cookies: string | undefined, sent: Sent): OutgoingHttpHeaders {
  const all = {
    'user-agent': who.userAgent ?? 'Sigil test',
    'x-forwarded-for': who.address,
    authorization: sent.bearer === undefined ? undefined : `Bearer ${sent.bearer}`,
    'content-type': sent.json === undefined ? undefined : 'application/json',
    expect: sent.beforeBody && '100-continue',
    cookie: cookies,
    ...sent.headers,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

type Exchange = Omit<Sent, 'headers' | 'bearer'> & { headers: OutgoingHttpHeaders; agent: Agent | false }

function exchange(url: string, method: string, path: string, sent: Exchange): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const text = sent.raw ?? (sent.json === undefined ? undefined : JSON.stringify(sent.json))
  // As bytes: for a string the client would write the headers in the encoding of the body.
  const body = text === undefined ? undefined : Buffer.from(text)
  const { hostname, port } = new URL(url)
  const headers = { ...sent.headers }
  if (body !== undefined && !sent.chunked) headers['content-length'] = body.length
  const call = request({ hostname, port, method, path, headers, agent: sent.agent }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', reject)
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const cookies = response.headers['set-cookie'] ?? []
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        cookies,
        text,
        body: read(text),
      })
    })
  })
  call.on('error', reject)
  if (sent.beforeBody) {
    call.on('continue', () => sent.beforeBody?.().then(() => call.end(body), reject)).flushHeaders()
  } else if (sent.chunked && body !== undefined) {
    for (let at = 0; at < body.length; at += 4096) call.write(body.subarray(at, at + 4096))
    call.end()
  } else call.end(body)
  return promise
}

function read(text: string): WireBody {
  try {
    return JSON.parse(text) as WireBody
  } catch {
    return {} as WireBody
  }
}
