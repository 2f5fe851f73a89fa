import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Context, Hono } from 'hono'
import { AppError, type ErrorCode } from '#src/errors/errors.ts'
import { parsing } from '#src/errors/fields.ts'
import { type Answer, withCookies, withHeaders } from '#src/http/answer.ts'
import { bearerIn } from '#src/http/authorization.ts'
import { readForm, readJson } from '#src/http/body.ts'
import { type Broken, bytesOf } from '#src/http/bytes-of.ts'
import type { Call, Caller, VerifierCaller } from '#src/http/call.ts'
import { readCookies } from '#src/http/cookies.ts'
import { corsHeaders, isPreflight, preflight } from '#src/http/cors.ts'
import { changesSomething, refuseCrossSite } from '#src/http/cross-site.ts'
import { hasDotSegments } from '#src/http/dot-segments.ts'
import type { AnyEndpoint, Proof } from '#src/http/endpoint.ts'
import { isForwarded } from '#src/http/forwarding.ts'
import { isLanguage, languageOf } from '#src/http/language.ts'
import { oauthProblem } from '#src/http/oauth-problem.ts'
import { errorOf, problem } from '#src/http/problem.ts'
import { type Query, queryOf, readQuery } from '#src/http/query.ts'
import { isStorable } from '#src/http/text.ts'
import { type Cidrs, clientAddress, inCidrs } from '#src/platform/addresses.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'ALL'

/** One row of the sitemap. */
export type Route<World> = {
  readonly method: Method
  /** With `:name` for a parameter, as `/users/:id`. */
  readonly path: string
  readonly guard: Guard<World>
  /**
   * Pages read forms and answer with HTML, OAuth reads forms and answers as RFC 6749 says; the rest is JSON.
   */
  readonly surface: 'api' | 'page' | 'oauth'
  /**
   * Checked against other sites even without a cookie: calls that begin a session, and forms. A form of
   * another site comes without our cookies (`SameSite`), and the answer could still take them away.
   */
  readonly fromNoOtherSite: boolean
  readonly endpoint: AnyEndpoint<World>
}

/** Who is let through. It throws a refusal, or gives the caller, or gives nothing where anyone may come. */
export type Guard<World> = {
  readonly name: string
  /** Any of these will do. Empty: nothing need be shown. */
  readonly proofs: readonly Proof[]
  readonly errors: readonly ErrorCode[]
  readonly admit: (world: World, call: Call) => Promise<Caller | VerifierCaller | undefined>
}

/** What the HTTP side needs to know of the server it stands in. */
export type Edge = {
  readonly trustedProxies: Cidrs
  /** Told of a peer that speaks for somebody else without being trusted to. */
  readonly noticeForwarder: (peer: string) => void
  readonly ourOrigins: ReadonlySet<string>
  readonly corsOrigins: ReadonlySet<string>
  readonly newRequestId: () => string
  /** Begins to time a call; what it gives is told how the call was answered, and by which route. */
  readonly timeCall: () => (by: Pick<Route<never>, 'method' | 'path'> | undefined, status: number) => void
  /** Turns a refusal into a page for a reader with a browser. */
  readonly errorPage: (refusal: AppError, call: Call) => Answer
  /** Turns a fault into the refusal that the caller sees, and logs it whole. */
  readonly appErrorFor: (error: unknown, call: Call) => AppError
}

type Bindings = { Bindings: { incoming: IncomingMessage; outgoing: ServerResponse } }

/** Puts every route at its URL. Gives the function that answers requests. */
export function mount<World>(
  world: World,
  routes: readonly Route<World>[],
  edge: Edge,
): Hono<Bindings>['fetch'] {
  const app = new Hono<Bindings>()
  const nowhere = (context: Context<Bindings>) => {
    const call = callOf(context, edge)
    return responseOf(refusedTo(call, new AppError('not_found'), edge), call.requestId)
  }
  app.use(async (context, next) =>
    hasDotSegments(context.env.incoming.url) ? nowhere(context) : await next(),
  )
  for (const path of ['/api/*', '/.well-known/*', '/openapi.json']) {
    app.use(path, async (context, next) => {
      const origin = context.req.header('origin')
      const { method } = context.req
      if (isPreflight(method, (name) => context.req.header(name), edge.corsOrigins)) {
        return responseOf(preflight(origin, edge.corsOrigins))
      }
      await next()
      for (const [name, value] of Object.entries(corsHeaders(origin, edge.corsOrigins))) {
        context.res.headers.append(name, value)
      }
    })
  }
  for (const route of routes) {
    const handler = (context: Context<Bindings>) => answerRoute(world, route, context, edge)
    if (route.method === 'ALL') app.all(route.path, handler)
    else app.on(route.method, route.path, handler)
  }
  for (const [path, methods] of methodsByPath(routes)) {
    app.all(path, (context) => {
      const call = callOf(context, edge)
      const refusal = new AppError('method_not_allowed', { allow: methods.join(', ') })
      return responseOf(refusedTo(call, refusal, edge), call.requestId)
    })
  }
  app.notFound(nowhere)
  app.onError((error, context) => {
    const call = callOf(context as Context<Bindings>, edge)
    return responseOf(refusedTo(call, edge.appErrorFor(error, call), edge), call.requestId)
  })
  return app.fetch
}

/** Where no route says whether it is a page: a browser gets one, unless it asked the API. */
function refusedTo(call: Call, refusal: AppError, edge: Edge): Answer {
  const answered = edge.timeCall()
  const wantsPage = call.header('accept')?.includes('text/html') && !call.path.startsWith('/api/')
  const answer = wantsPage ? edge.errorPage(refusal, call) : problem(refusal, call)
  answered(undefined, answer.status)
  return answer
}

function refusedOn(surface: Route<never>['surface'], call: Call, refusal: AppError, edge: Edge): Answer {
  if (surface === 'page') return edge.errorPage(refusal, call)
  return surface === 'oauth' ? oauthProblem(refusal) : problem(refusal, call)
}

/** The journey of one request: who calls, may they, what do they say, and the answer. */
async function answerRoute<World>(
  world: World,
  route: Route<World>,
  context: Context<Bindings>,
  edge: Edge,
): Promise<Response> {
  const answered = edge.timeCall()
  let call = callOf(context, edge)
  let told: Readonly<Record<string, string>> = {}
  try {
    refuseForeign(route, call, edge)
    for (const value of Object.values(call.params)) if (!isStorable(value)) throw new AppError('not_found')
    const counted = await route.endpoint.limit?.count(world, call)
    told = counted?.headers ?? {}
    if (counted?.refusal) throw counted.refusal
    call = { ...call, ...identityOf(await route.guard.admit(world, call)) }
    const query = readQuery(route, call.query)
    const sent = route.endpoint.body && (await read(route, context))
    // A body may take its time, and who was let in before it may have been shut out meanwhile: asked again.
    if (route.endpoint.body) call = { ...call, ...identityOf(await route.guard.admit(world, call)) }
    const body = route.endpoint.body && parse(route.endpoint.body, sent)
    const answer = await route.endpoint.handle(world, { ...call, query, body })
    const response = responseOf(withHeaders(answer, told), call.requestId, (error) => {
      edge.appErrorFor(error, call)
      context.env.outgoing.destroy()
    })
    answered(route, answer.status)
    return response
  } catch (error) {
    const refusal = error instanceof AppError ? error : edge.appErrorFor(error, call)
    if (refusal.code === 'invalid_request') route.endpoint.logInvalidRole?.(world, refusal)
    const refused = refusedOn(route.surface, call, refusal, edge)
    const answer = withCookies(refused, refusal.details.cookies ?? [])
    answered(route, answer.status)
    return responseOf(withHeaders(answer, told), call.requestId)
  }
}

function read<World>(route: Route<World>, context: Context<Bindings>): Promise<unknown> {
  const { incoming } = context.env
  return route.surface === 'api' ? readJson(incoming) : readForm(incoming)
}

function parse(schema: AnyEndpoint<unknown>['body'], value: unknown): unknown {
  if (!schema) return value
  const parsed = schema.safeParse(value, parsing)
  if (!parsed.success) throw errorOf(parsed.error)
  return parsed.data
}

function refuseForeign<World>(route: Route<World>, call: Call, edge: Edge): void {
  if (!changesSomething(call.method) || route.method === 'ALL') return
  // A browser sends Basic by itself, but Bearer only where a page that may do so says it.
  const isMadeWithCookie = call.cookies.any && bearerIn(call.header('authorization') ?? '') === undefined
  if (route.fromNoOtherSite || isMadeWithCookie) refuseCrossSite(call.header, edge.ourOrigins)
}

function callOf(context: Context<Bindings>, edge: Edge): Call<unknown, Query> {
  const { incoming } = context.env
  const header = (name: string) => context.req.header(name)
  const peer = incoming.socket.remoteAddress ?? ''
  if (isForwarded(header) && !inCidrs(peer, edge.trustedProxies)) edge.noticeForwarder(peer)
  const cookies = readCookies(header('cookie'))
  const chosen = cookies.get('language') ?? cookies.get('__Host-language')
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
    requestId: edge.newRequestId(),
    ...identityOf(undefined),
  }
}

function identityOf(admitted: Caller | VerifierCaller | undefined): Pick<Call, 'caller' | 'verifier'> {
  if (admitted && 'verifier' in admitted) return { caller: undefined, verifier: admitted.verifier }
  return { caller: admitted, verifier: undefined }
}

function responseOf(answer: Answer, requestId?: string, broken: Broken = raise): Response {
  const headers: [string, string][] = Object.entries(answer.headers)
  if (requestId !== undefined) headers.push(['x-request-id', requestId])
  for (const cookie of answer.cookies) headers.push(['set-cookie', cookie])
  const { body } = answer
  const isInPieces = typeof body === 'object' && Symbol.asyncIterator in body
  const sent = isInPieces ? bytesOf(body, broken) : (body as string | undefined)
  return new Response(sent ?? null, { status: answer.status, headers })
}

function raise(error: unknown): never {
  throw error
}

function methodsByPath<World>(routes: readonly Route<World>[]): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  for (const { path, method } of routes) {
    // RFC 9110 section 9.3.2: whatever answers GET answers HEAD.
    const added = method === 'GET' ? ['GET', 'HEAD'] : [method]
    methods.set(path, [...(methods.get(path) ?? []), ...added])
  }
  return methods
}
