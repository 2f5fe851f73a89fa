import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Context, Hono, type Next } from 'hono'
import type { ErrorCode } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { validated } from '#src/errors/field-errors.ts'
import { type Answer, withCookies, withHeaders } from '#src/http/answer.ts'
import { bearerIn } from '#src/http/authorization.ts'
import type { BodyBudget } from '#src/http/body-budget.ts'
import type { Call, Caller, Site, VerifierCaller } from '#src/http/call.ts'
import { readCookies } from '#src/http/cookies.ts'
import { changesSomething, rejectCrossSite } from '#src/http/cross-site.ts'
import { hasDotSegments } from '#src/http/dot-segments.ts'
import type { AnyEndpoint, Proof } from '#src/http/endpoint.ts'
import { isForwarded, isPassedOn, openedOrigin } from '#src/http/forwarding.ts'
import { isLanguage, languageOf } from '#src/http/language.ts'
import { mountCors, type OpenTo } from '#src/http/mount-cors.ts'
import { oauthProblem } from '#src/http/oauth-problem.ts'
import { problem } from '#src/http/problem.ts'
import { type Query, queryOf, readQuery } from '#src/http/query.ts'
import { receiveBody } from '#src/http/receive-body.ts'
import { responseOf } from '#src/http/response-of.ts'
import { isStorable } from '#src/http/text.ts'
import { zoneIn } from '#src/http/zone.ts'
import { type Cidrs, clientAddress, inCidrs } from '#src/platform/addresses.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'ALL'

/** One row of the route table. */
export type Route<World> = {
  readonly method: Method
  /** With `:name` for a parameter, such as `/users/:id`. */
  readonly path: string
  readonly guard: Guard<World>
  /**
   * Pages read forms and return HTML, OAuth endpoints read forms and return JSON of RFC 6749, the API is
   * JSON, and so is the registration of clients, with errors of RFC 6749.
   */
  readonly surface: 'api' | 'page' | 'oauth' | 'oauth_json'
  /**
   * Rejects other sites even without a cookie: calls that open a session, and forms. A form of another site
   * is sent without our cookies (`SameSite`), but the answer could still overwrite them.
   */
  readonly sameSiteOnly: boolean
  /** Other sites may send a form here with our cookies: it does no more than a link. */
  readonly fromAnySite?: boolean
  readonly cors?: OpenTo
  readonly endpoint: AnyEndpoint<World>
}

/**
 * Decides whether a call is allowed. Returns the caller, or undefined where anyone may call; throws
 * otherwise.
 */
export type Guard<World> = {
  readonly name: string
  /** Any of these is enough. Empty: no authentication. */
  readonly proofs: readonly Proof[]
  readonly errors: readonly ErrorCode[]
  readonly admit: (world: World, call: Call) => Promise<Caller | VerifierCaller | undefined>
}

/** The dependencies of this module on the server. */
export type Edge = {
  readonly trustedProxies: Cidrs
  /** Called with a peer that sends forwarding headers without being a trusted proxy. */
  readonly noticeForwarder: (peer: string) => void
  readonly ourOrigins: ReadonlySet<string>
  readonly corsOrigins: ReadonlySet<string>
  /** A proxy that keeps the method would take the 204 of a preflight here for an approval. */
  readonly forwardAuthPaths: ReadonlySet<string>
  readonly newRequestId: () => string
  readonly site: Site
  readonly bodies: BodyBudget
  /** Starts to time a call; the returned function is called when it is answered. */
  readonly timeCall: () => (
    call: Call,
    by: Pick<Route<never>, 'method' | 'path'> | undefined,
    outcome: { readonly status: number; readonly error: AppError | undefined },
  ) => void
  /** Turns an error into a page. */
  readonly errorPage: (error: AppError, call: Call) => Answer
  /** Logs an unexpected error and returns the error for the caller. */
  readonly appErrorFor: (error: unknown, call: Call) => AppError
}

type Bindings = { Bindings: { incoming: IncomingMessage; outgoing: ServerResponse } }

/** Registers every route. Returns the function that answers requests. */
export function mount<World>(
  world: World,
  routes: readonly Route<World>[],
  edge: Edge,
): Hono<Bindings>['fetch'] {
  const app = new Hono<Bindings>()
  const notFound = (context: Context<Bindings>) => {
    const call = callOf(context, edge)
    return responseOf(errorWithoutRoute(call, new AppError('not_found'), edge), call.requestId)
  }
  app.use(async (context, next) =>
    hasDotSegments(context.env.incoming.url) ? notFound(context) : await next(),
  )
  mountCors(app, routes, edge)
  for (const [path, methods] of methodsByPath(routes)) {
    for (const route of routes.filter((one) => one.path === path)) {
      const handler = (context: Context<Bindings>, next: Next) =>
        refusesHead(route, context) ? next() : answerRoute(world, route, context, edge)
      if (route.method === 'ALL') app.all(path, handler)
      else app.on(route.method, path, handler)
    }
    // Before the paths below: `/passkeys/options` must not match `/passkeys/:id` for the methods that it
    // lacks.
    app.all(path, (context) => {
      const call = callOf(context, edge)
      const error = new AppError('method_not_allowed', { allow: methods.join(', ') })
      return responseOf(errorWithoutRoute(call, error, edge), call.requestId)
    })
  }
  app.notFound(notFound)
  app.onError((error, context) => {
    const call = callOf(context as Context<Bindings>, edge)
    return responseOf(errorWithoutRoute(call, edge.appErrorFor(error, call), edge), call.requestId)
  })
  return app.fetch
}

/** Then the next handler of the path rejects the method. */
function refusesHead({ method, endpoint }: Route<never>, context: Context): boolean {
  return method === 'GET' && context.req.method === 'HEAD' && endpoint.changesOnGet === true
}

/** The error for a call without a route: a page for browsers, except under the API. */
function errorWithoutRoute(call: Call, error: AppError, edge: Edge): Answer {
  const answered = edge.timeCall()
  const wantsPage = call.header('accept')?.includes('text/html') && !call.path.startsWith('/api/')
  const answer = wantsPage ? edge.errorPage(error, call) : problem(error, call)
  answered(call, undefined, { status: answer.status, error })
  return answer
}

function errorOn(surface: Route<never>['surface'], call: Call, error: AppError, edge: Edge): Answer {
  if (surface === 'page') return edge.errorPage(error, call)
  return surface === 'api' ? problem(error, call) : oauthProblem(error, call)
}

/** The steps of one request: the checks, the guard, the input and the handler. */
async function answerRoute<World>(
  world: World,
  route: Route<World>,
  context: Context<Bindings>,
  edge: Edge,
): Promise<Response> {
  const answered = edge.timeCall()
  let call = callOf(context, edge)
  let limitHeaders: Readonly<Record<string, string>> = {}
  try {
    rejectForeign(route, call, edge)
    for (const value of Object.values(call.params)) if (!isStorable(value)) throw new AppError('not_found')
    const counted = await route.endpoint.limit?.count(world, call)
    limitHeaders = counted?.headers ?? {}
    if (counted?.error) throw counted.error
    call = { ...call, ...identityOf(await route.guard.admit(world, call)) }
    const query = readQuery(route, call.query)
    const sent = route.endpoint.body && (await receiveBody(route, context.env, edge.bodies, call))
    // A body may arrive slowly, and the caller may have been revoked in the meantime, so it is checked again.
    if (route.endpoint.body) call = { ...call, ...identityOf(await route.guard.admit(world, call)) }
    const body = route.endpoint.body && validated(route.endpoint.body, sent)
    const answer = await route.endpoint.handle(world, { ...call, query, body })
    const response = responseOf(withHeaders(answer, limitHeaders), call.requestId, (error) => {
      edge.appErrorFor(error, call)
      context.env.outgoing.destroy()
    })
    answered(call, route, { status: answer.status, error: undefined })
    return response
  } catch (error) {
    const appError = error instanceof AppError ? error : edge.appErrorFor(error, call)
    if (appError.code === 'invalid_request') route.endpoint.logInvalidRole?.(world, appError)
    const shown = errorOn(route.surface, call, appError, edge)
    const { cookies = [], headers = {} } = appError.details
    const answer = withHeaders(withCookies(shown, cookies), headers)
    answered(call, route, { status: answer.status, error: appError })
    return responseOf(withHeaders(answer, limitHeaders), call.requestId)
  }
}

function rejectForeign<World>(route: Route<World>, call: Call, edge: Edge): void {
  if (!changesSomething(call.method) || route.method === 'ALL' || route.fromAnySite) return
  // Browsers send Basic credentials automatically, but Bearer tokens only from a script that is allowed to.
  const isMadeWithCookie = call.cookies.any && bearerIn(call.header('authorization') ?? '') === undefined
  if (route.sameSiteOnly || isMadeWithCookie) rejectCrossSite(call.header, edge.ourOrigins)
}

function callOf(context: Context<Bindings>, edge: Edge): Call<unknown, Query> {
  const { incoming } = context.env
  const header = (name: string) => context.req.header(name)
  const peer = incoming.socket.remoteAddress ?? ''
  if (isForwarded(header) && !inCidrs(peer, edge.trustedProxies)) edge.noticeForwarder(peer)
  const cookies = readCookies(header('cookie'))
  const chosen = cookies.get('language') ?? cookies.get('__Host-language')
  const zone = cookies.get('sigil_zone') ?? cookies.get('__Host-sigil_zone')
  return {
    method: context.req.method,
    path: context.req.path,
    params: context.req.param(),
    query: queryOf(incoming.url ?? ''),
    body: undefined,
    header,
    cookies,
    address: clientAddress(peer, header('x-forwarded-for'), edge.trustedProxies),
    peer,
    userAgent: (header('user-agent') ?? '').replaceAll('\0', '').toWellFormed(),
    language: isLanguage(chosen) ? chosen : languageOf(header('accept-language')),
    zone: zoneIn(zone) ?? 'UTC',
    opened: isPassedOn(header) ? undefined : openedOrigin(incoming),
    site: edge.site,
    requestId: edge.newRequestId(),
    ...identityOf(undefined),
  }
}

function identityOf(admitted: Caller | VerifierCaller | undefined): Pick<Call, 'caller' | 'verifier'> {
  if (admitted && 'verifier' in admitted) return { caller: undefined, verifier: admitted.verifier }
  return { caller: admitted, verifier: undefined }
}

function methodsByPath<World>(routes: readonly Route<World>[]): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  for (const { path, method, endpoint } of routes) {
    // RFC 9110 section 9.3.2: a GET also answers HEAD, except where it is not safe.
    const added = method === 'GET' && !endpoint.changesOnGet ? ['GET', 'HEAD'] : [method]
    methods.set(path, [...(methods.get(path) ?? []), ...added])
  }
  return methods
}
