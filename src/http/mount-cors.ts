import type { Env, Hono } from 'hono'
import { corsHeaders, isPreflight, openCors, openPreflight, preflight } from '#src/http/cors.ts'
import { responseOf } from '#src/http/response-of.ts'

/**
 * Which scripts of other origins may make a call, without credentials. With `everyone` any script can read
 * the response; with `apps` the endpoint decides, because it knows the app.
 */
export type OpenTo = 'everyone' | 'apps'

type Path = { readonly path: string; readonly cors?: OpenTo }

type Edge = { readonly corsOrigins: ReadonlySet<string>; readonly forwardAuthPaths: ReadonlySet<string> }

/** Answers preflights, and adds CORS headers to responses that scripts of other origins may read. */
export function mountCors<E extends Env>(app: Hono<E>, routes: readonly Path[], edge: Edge): void {
  const open = routes.filter(({ cors }) => cors !== undefined)
  for (const route of open) mountOpen(app, route)
  const openPaths = new Set(open.map(({ path }) => path))
  for (const path of ['/api/*', '/.well-known/*', '/openapi.json']) {
    app.use(path, async (context, next) => {
      if (openPaths.has(context.req.path)) return next()
      const origin = context.req.header('origin')
      const { method } = context.req
      const isForwardAuth = edge.forwardAuthPaths.has(context.req.path)
      if (!isForwardAuth && isPreflight(method, (name) => context.req.header(name), edge.corsOrigins)) {
        const wanted = context.req.header('access-control-request-headers')
        return responseOf(preflight(origin, wanted, edge.corsOrigins))
      }
      await next()
      for (const [name, value] of Object.entries(corsHeaders(origin, edge.corsOrigins))) {
        context.res.headers.append(name, value)
      }
    })
  }
}

function mountOpen<E extends Env>(app: Hono<E>, { path, cors }: Path): void {
  app.use(path, async (context, next) => {
    const origin = context.req.header('origin')
    const isAsking = context.req.header('access-control-request-method') !== undefined
    if (context.req.method === 'OPTIONS' && origin !== undefined && isAsking) {
      return responseOf(openPreflight(origin, context.req.header('access-control-request-headers')))
    }
    await next()
    if (cors !== 'everyone') return
    for (const [name, value] of Object.entries(openCors(origin))) context.res.headers.append(name, value)
  })
}
