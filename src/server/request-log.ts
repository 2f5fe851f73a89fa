import type { IncomingMessage } from 'node:http'
import type { AppError } from '#src/errors/errors.ts'
import type { Call } from '#src/http/call.ts'
import type { Route } from '#src/http/mount.ts'
import { rawHeaders } from '#src/http/raw-headers.ts'
import { readTrace } from '#src/telemetry/trace.ts'
import { securityLog } from '#src/world/security-log.ts'
import { perWorld, type World } from '#src/world/world.ts'

/** The facts about an answered request. */
export type Answered = {
  readonly route: Pick<Route<never>, 'method' | 'path'> | undefined
  readonly status: number
  readonly call: Call
  readonly error: AppError | undefined
  readonly ms: number
}

/** Logs every request where SIGIL_ACCESS_LOG is on, and always those that were rejected by a setting. */
export function logRequest(world: World, answered: Answered): void {
  logAccess(world, answered)
  logRejection(world, answered)
}

/** The route and not the URL, whose path and query may contain tokens. */
function logAccess({ settings, log }: World, { route, status, call, ms }: Answered): void {
  if (settings.accessLog === 'off') return
  const fields = {
    method: call.method,
    route: route?.path ?? 'none',
    status,
    ms: rounded(ms),
    request_id: call.requestId,
    user_id: call.caller?.userId,
    verifier: call.verifier,
    address: call.address,
  }
  log.info(fields, 'Request')
}

const traceparentIn = rawHeaders('traceparent')

/** The same for a request answered without the router. */
export function logAccessOfLane(
  { log }: World,
  { request, userId, ms }: { request: IncomingMessage; userId: string; ms: number },
): void {
  const header = traceparentIn(request.rawHeaders)
  const trace = readTrace((name) => (name === 'traceparent' ? header?.(name) : undefined))
  const fields = {
    method: 'GET',
    route: request.url?.split('?')[0] ?? '',
    status: 204,
    ms: rounded(ms),
    ...(trace && { trace_id: trace.traceId }),
    user_id: userId,
  }
  log.info(fields, 'Request')
}

const allowedOrigins = perWorld(({ settings }) => new Set([settings.publicUrl, ...settings.corsOrigins]))

function logRejection(world: World, { route, call, error }: Answered): void {
  const { method, header, address } = call
  const origin = header('origin')?.slice(0, 200)
  const about = { request_id: call.requestId, address, method, route: route?.path ?? 'none' }
  const report = securityLog(world)
  if (error?.code === 'cross_site') {
    report('warn', { ...about, origin, site: header('sec-fetch-site')?.slice(0, 20) }, crossSite)
  } else if (error?.code === 'too_many_requests') {
    report('info', about, 'A rate limit was reached')
  } else if (origin !== undefined && isApi(call.path) && !allowedOrigins(world).has(origin)) {
    const isPreflight = method === 'OPTIONS' && header('access-control-request-method') !== undefined
    report(isPreflight ? 'warn' : 'info', { ...about, origin }, isPreflight ? preflight : withheld)
  }
}

const crossSite =
  'Rejected a cross-site request. If its origin is yours, add it to SIGIL_CORS_ORIGINS; ' +
  'if it is this server, open it at SIGIL_PUBLIC_URL'
const preflight = 'Rejected a CORS preflight. If its origin is yours, add it to SIGIL_CORS_ORIGINS'
const withheld =
  'A browser withholds this response from a page of another origin. ' +
  'If it is yours, add it to SIGIL_CORS_ORIGINS'

function isApi(path: string): boolean {
  return path.startsWith('/api/') || path.startsWith('/.well-known/') || path === '/openapi.json'
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
