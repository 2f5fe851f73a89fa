import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { AppError } from '#src/errors/errors.ts'
import { ticketLane } from '#src/forward-auth/ticket-lane.ts'
import { bodyBudget } from '#src/http/body-budget.ts'
import { type Edge, mount } from '#src/http/mount.ts'
import { errorPage } from '#src/pages/error-page.ts'
import { siteOf } from '#src/pages/site.ts'
import { randomId } from '#src/platform/random.ts'
import { routes } from '#src/routes.ts'
import { connectionsOf, type Drain, drainOf } from '#src/server/drain.ts'
import { forwardedBy } from '#src/server/forwarded.ts'
import { logAccessOfLane, logRequest } from '#src/server/request-log.ts'
import { securityHeaders } from '#src/server/security-headers.ts'
import { limitWaiting } from '#src/server/waiting-connections.ts'
import { CommitUnknown, DatabaseAway } from '#src/store/db.ts'
import type { LabelsOf } from '#src/telemetry/metrics.ts'
import { inTraceOf } from '#src/telemetry/trace.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import { verifyLane } from '#src/tokens/verify-lane.ts'
import type { World } from '#src/world/world.ts'

export type Serving = {
  readonly port: number
  /** Accepts no new connections and lets requests in flight finish; aborts them after `patienceMs`. */
  stop(patienceMs: number): Promise<void>
}

/** A port that is bound. Requests wait until `answer` is called. */
export type Port = {
  readonly number: number
  answer(world: World): Serving
  release(): Promise<void>
}

/** Time limits for slow clients, malicious or not, in milliseconds. */
export type Patience = {
  /** From the first byte of a request, or from the connection, to its last byte. */
  readonly requestTimeout: number
  /** How often connections are checked against it. */
  readonly connectionsCheckingInterval: number
  /** Without a byte in either direction during a request. Longer than any long poll. */
  readonly silence: number
}

const defaultPatience: Patience = {
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5000,
  silence: 120_000,
}

/** Binds the port without answering yet, because the port of the public URL is part of every token. */
export async function takePort(
  address: { host: string; port: number },
  { silence, ...patience }: Patience = defaultPatience,
): Promise<Port> {
  const waiting: (() => void)[] = []
  let answer: Answer = (request, response) => waiting.push(() => answer(request, response))
  // Longer than proxies keep idle connections, so that the proxy closes them first.
  const server = createServer({ keepAliveTimeout: 65_000, ...patience }, (request, response) =>
    answer(request, response),
  )
  server.timeout = silence
  const open = connectionsOf(server)
  limitWaiting(server)
  await listen(server, address)
  const { port } = server.address() as AddressInfo
  return {
    number: port,
    answer(world) {
      const drain = drainOf(server, open, world)
      answer = answerFor(world, drain)
      for (const resume of waiting.splice(0)) resume()
      return { port, stop: (patienceMs) => stop(server, drain, world, patienceMs) }
    },
    release: () => close(server, () => server.closeAllConnections()),
  }
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

function answerFor(world: World, drain: Drain): Answer {
  const answer = getRequestListener(mount(world, routes, edgeOf(world)), { overrideGlobalObjects: false })
  const headers = securityHeaders({ isSecure: isSecure(world) })
  const answerVerify = verifyLane(world, headers)
  const answerTicket = ticketLane(world, headers)
  const { clock, settings } = world
  const isLogged = settings.accessLog === 'on'
  return (request, response) => {
    drain.prepare(response)
    const began = isLogged ? clock.monotonic() : 0
    const accepted = answerVerify(request, response) ?? answerTicket(request, response)
    if (accepted) {
      const { sub: userId } = accepted.claims
      if (isLogged) logAccessOfLane(world, { request, userId, ms: clock.monotonic() - began })
      return
    }
    for (const name in headers) response.setHeader(name, headers[name] as string)
    // The library parses this header and the path as one URL: a host of `1/docs?` would turn any request into
    // one for that page, and a proxy would take its 200 as permission. Nothing here needs the real value.
    request.headers.host = 'sigil'
    drain.follow(response)
    const header = (name: string) => [request.headers[name]].flat().join()
    if (request.headers.traceparent === undefined) void answer(request, response)
    else void inTraceOf(header, () => answer(request, response))
  }
}

function edgeOf(world: World): Edge {
  const { settings, random, log, clock, metrics } = world
  return {
    trustedProxies: settings.trustedProxies,
    noticeForwarder: forwardedBy(world).notice,
    ourOrigins: new Set([settings.publicUrl, ...settings.corsOrigins]),
    corsOrigins: new Set(settings.corsOrigins),
    forwardAuthPaths: new Set(['/api/v1/auth/verify']),
    site: siteOf(world),
    newRequestId: () => randomId(random),
    bodies: bodyBudget(clock),
    errorPage,
    timeCall() {
      const began = clock.monotonic()
      return (call, route, { status, error }) => {
        const ms = clock.monotonic() - began
        const labels = {
          method: route?.method ?? 'none',
          route: route?.path ?? 'none',
          status: classOf(status),
        }
        metrics.observe('sigil_http_seconds', labels, ms / 1000)
        logRequest(world, { route, status, call, error, ms })
      }
    },
    appErrorFor(error, call) {
      const about = { request_id: call.requestId, method: call.method, path: call.path, error }
      if (error instanceof DatabaseAway) {
        const isUnknown = error instanceof CommitUnknown
        log.error(about, isUnknown ? 'A commit may or may not have happened' : 'The database is unavailable')
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

function listen(server: Server, address: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/**
 * How long a connection without a request is kept after the server stopped listening. Node does not count it
 * as idle before its first request, so a connection that a browser or balancer opened in advance would delay
 * every stop.
 */
const silentConnectionMs = 500

async function stop(server: Server, drain: Drain, { clock }: World, patienceMs: number): Promise<void> {
  const cancel = clock.after(patienceMs, () => server.closeAllConnections())
  await drain.acceptQueued()
  const cancelCut = clock.after(silentConnectionMs, () => drain.cutSilent())
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
