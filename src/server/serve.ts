import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { AppError } from '#src/errors/errors.ts'
import { bearerIn, isOfOtherScheme } from '#src/http/authorization.ts'
import { cookieName, cookieOf } from '#src/http/cookies.ts'
import { type Edge, mount } from '#src/http/mount.ts'
import { errorPage } from '#src/pages/error-page.ts'
import { randomId } from '#src/platform/random.ts'
import { routes } from '#src/routes.ts'
import { connectionsOf, type Drain, drainOf } from '#src/server/drain.ts'
import { forwardedBy } from '#src/server/forwarded.ts'
import { CommitUnknown, DatabaseAway } from '#src/store/db.ts'
import type { LabelsOf } from '#src/telemetry/metrics.ts'
import { authenticator } from '#src/tokens/authenticate.ts'
import { identityOf } from '#src/tokens/forward-auth.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

export type Serving = {
  readonly port: number
  /** Takes no new calls, lets those in flight end, and cuts what takes longer than `patienceMs`. */
  stop(patienceMs: number): Promise<void>
}

/** A port that is ours. What calls meanwhile waits until somebody answers. */
export type Port = {
  readonly number: number
  answer(world: World): Serving
  release(): Promise<void>
}

/** What a client that is slow, or plays at it, may take of us, in milliseconds. */
export type Patience = {
  /** From the first byte of a request, or from the connection, to its last byte. */
  readonly requestTimeout: number
  /** How often it is looked who is over that. */
  readonly connectionsCheckingInterval: number
  /** While a call is under way, without a byte in either direction: longer than any call is held. */
  readonly silence: number
}

const usualPatience: Patience = {
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5000,
  silence: 120_000,
}

/** Listens, so that a free port is known before any token names it, but answers nothing yet. */
export async function takePort(
  where: { host: string; port: number },
  { silence, ...patience }: Patience = usualPatience,
): Promise<Port> {
  const waiting: (() => void)[] = []
  let answer: Answer = (request, response) => waiting.push(() => answer(request, response))
  // Longer than proxies keep theirs, so that it is them who close a connection without a call.
  const server = createServer({ keepAliveTimeout: 65_000, ...patience }, (request, response) =>
    answer(request, response),
  )
  server.timeout = silence
  const open = connectionsOf(server)
  await listen(server, where)
  const { port } = server.address() as AddressInfo
  return {
    number: port,
    answer(world) {
      const drain = drainOf(server, open, world)
      answer = answerFor(world, drain)
      for (const call of waiting.splice(0)) call()
      return { port, stop: (patienceMs) => stop(server, drain, world, patienceMs) }
    },
    release: () => close(server, () => server.closeAllConnections()),
  }
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/**
 * RFC 6797: for half a year this host is asked by https alone. Other hosts below it are none of our business,
 * so neither `includeSubDomains` nor `preload` is said; a proxy may say more in its place.
 */
const onlyByHttps = 'max-age=15768000'

function answerFor(world: World, drain: Drain): Answer {
  const answer = getRequestListener(mount(world, routes, edgeOf(world)), { overrideGlobalObjects: false })
  const answerVerify = verifyLane(world)
  const isByHttps = isSecure(world)
  return (request, response) => {
    drain.prepare(response)
    // A yes is for a proxy, to which this says nothing.
    if (answerVerify(request, response)) return
    if (isByHttps) response.setHeader('strict-transport-security', onlyByHttps)
    // The library puts this before the path and reads both as one address: `1/docs?` would lead any call to
    // that page, and a proxy that asks would hear its 200. Nobody here wants to know what was said there.
    request.headers.host = 'sigil'
    drain.follow(response)
    void answer(request, response)
  }
}

/**
 * `GET /verify` for proxies, answered beside the router: it is asked for every request to everything that a
 * proxy protects. The judgement is the same one; whatever is not a plain yes or no in memory goes the long
 * way.
 */
function verifyLane(world: World): (request: IncomingMessage, response: ServerResponse) => boolean {
  const judge = authenticator(world)
  const cookie = cookieName('access', isSecure(world))
  let answered = 0
  world.metrics.read('sigil_verify_from_memory_total', {}, () => answered)
  return (request, response) => {
    if (request.url !== '/api/v1/auth/verify' || request.method !== 'GET') return false
    const { authorization, cookie: cookies, origin } = request.headers
    // A page elsewhere must be told that it may read the answer, and of two authorizations neither counts.
    if (origin !== undefined || (authorization !== undefined && appearsTwice(request.rawHeaders)))
      return false
    const isByCookie = authorization === undefined || isOfOtherScheme(authorization)
    const token = isByCookie ? cookieOf(cookies, cookie) : bearerIn(authorization)
    const verdict = token === undefined ? undefined : judge(token)
    if (verdict?.kind !== 'accepted') return false
    response.writeHead(204, identityOf(verdict.token)).end()
    answered++
    return true
  }
}

/** `headers` keeps the first of two, where the program behind the proxy may read the second. */
function appearsTwice(rawHeaders: readonly string[]): boolean {
  let seen = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length === 13 && name.toLowerCase() === 'authorization') seen++
  }
  return seen > 1
}

function edgeOf(world: World): Edge {
  const { settings, random, log, clock, metrics } = world
  return {
    trustedProxies: settings.trustedProxies,
    noticeForwarder: forwardedBy(world).notice,
    ourOrigins: new Set([settings.publicUrl, ...settings.corsOrigins]),
    corsOrigins: new Set(settings.corsOrigins),
    newRequestId: () => randomId(random),
    errorPage,
    timeCall() {
      const began = clock.monotonic()
      return (by, code) => {
        const labels = { method: by?.method ?? 'none', route: by?.path ?? 'none', status: classOf(code) }
        metrics.observe('sigil_http_seconds', labels, (clock.monotonic() - began) / 1000)
      }
    },
    appErrorFor(error, { method, path, requestId }) {
      const about = { request_id: requestId, method, path, error }
      if (error instanceof DatabaseAway) {
        const isUnknown = error instanceof CommitUnknown
        log.error(about, isUnknown ? 'A commit may or may not have happened' : 'The database is away')
        return new AppError('unavailable', { retryAfterSeconds: 1 })
      }
      log.error(about, 'A request failed')
      return new AppError('internal')
    },
  }
}

function classOf(status: number): LabelsOf<'sigil_http_seconds'>['status'] {
  return status < 300 ? '2xx' : status < 400 ? '3xx' : status < 500 ? '4xx' : '5xx'
}

function listen(server: Server, where: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/**
 * How long a connection that was opened as the end began has for its call to come. To Node it is not idle
 * before its first call: one that browsers and balancers open ahead of need would hold up every stop.
 */
const silencePatienceMs = 500

async function stop(server: Server, drain: Drain, { clock }: World, patienceMs: number): Promise<void> {
  const cancelCut = clock.after(silencePatienceMs, () => drain.cutSilent())
  const cancel = clock.after(patienceMs, () => server.closeAllConnections())
  await close(server, () => server.closeIdleConnections())
  cancelCut()
  cancel()
}

function close(server: Server, closeConnections: () => void): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    closeConnections()
  })
}
