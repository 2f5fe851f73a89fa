import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { answerToApp, registerApp, type TestApp } from '../../../../test/support/app-sign-in.ts'
import { browserAt, type Client } from '../../../../test/support/client.ts'
import { freshDatabaseUrl } from '../../../../test/support/engines.ts'
import { arrivedOnPage } from '../../../../test/support/forms.ts'
import { startServer, type TestServer } from '../../../../test/support/server.ts'
import { type NodeSignIn, nodeSignIn, type SignInOptions } from '../../src/sign-in.ts'

export const cookieSecret = 'a secret of the tests with 32 characters'

export type WebApp = {
  readonly sigil: TestServer
  readonly app: TestApp
  readonly appUrl: string
  readonly options: SignInOptions
  /** Moves the clock of the app, not that of the server. */
  pass(ms: number): void
  /** The number of calls of the app to each path of the server. */
  calls(path: string): number
  /** A new browser at the app. */
  browser(): Client
}

type Extra = { readonly apis?: readonly { name: string }[]; readonly sigil?: TestServer }

/** A web app on its own port, registered at its own server, with the pages in the readme. */
export async function startWebApp(more: Partial<SignInOptions> = {}, extra: Extra = {}): Promise<WebApp> {
  const sigil = extra.sigil ?? (await startServer(await freshDatabaseUrl('sqlite')))
  let auth: NodeSignIn | undefined
  const server = createServer((request, response) => serve(auth, request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  const appUrl = `http://localhost:${(server.address() as AddressInfo).port}`
  const app = await registerApp(sigil.world, {
    redirectUris: [`${appUrl}/callback`],
    postLogoutUris: [`${appUrl}/`],
    ...(extra.apis && { apis: extra.apis }),
  })
  let passed = 0
  const called: string[] = []
  const options: SignInOptions = {
    issuer: sigil.world.settings.publicUrl,
    clientId: app.id,
    clientSecret: app.secret ?? '',
    appUrl,
    cookieSecret,
    log: false,
    clock: { now: () => Date.now() + passed },
    fetch: (url, init) => {
      called.push(new URL(url).pathname)
      return fetch(url, init)
    },
    ...more,
  }
  auth = nodeSignIn(options)
  return {
    ...{ sigil, app, appUrl, options },
    pass: (ms) => {
      passed += ms
    },
    calls: (path) => called.filter((one) => one === path).length,
    browser: () => browserAt(appUrl),
  }
}

function serve(auth: NodeSignIn | undefined, request: IncomingMessage, response: ServerResponse): unknown {
  assert.ok(auth)
  const [path] = (request.url ?? '').split('?')
  if (path === '/sign-in') return auth.signIn(request, response)
  if (path === '/callback') return auth.callback(request, response)
  if (path === '/sign-out') return auth.signOut(request, response)
  if (path === '/account') {
    return auth.signedIn((_request, response: ServerResponse, { user, accessToken }) =>
      response.end(JSON.stringify({ email: user.email, token: accessToken })),
    )(request, response)
  }
  return response.end('Home')
}

export const page = { headers: { accept: 'text/html' } }

/** Follows the redirects of a sign-in that begins at a page of the app, and returns the last response. */
export async function signInAt(
  { sigil, app, appUrl }: Pick<WebApp, 'sigil' | 'app' | 'appUrl'>,
  browser: Client,
  { path = '/account', sigilBrowser = browserAt(sigil.url) } = {},
): Promise<{ email: string; location: string; sigilBrowser: Client }> {
  const email = await arrivedOnPage(sigilBrowser)
  const back = await callbackFor({ sigil, app, appUrl }, browser, { path, sigilBrowser })
  const finished = await browser.get(back)
  assert.equal(finished.status, 303, finished.text)
  return { email, location: finished.headers.location ?? '', sigilBrowser }
}

/** The path of the callback that Sigil redirects to, for a user who is signed in there. */
export async function callbackFor(
  { app, appUrl }: Pick<WebApp, 'sigil' | 'app' | 'appUrl'>,
  browser: Client,
  { path, sigilBrowser }: { path: string; sigilBrowser: Client },
): Promise<string> {
  const asked = await browser.get(path, page)
  assert.equal(asked.status, 303, asked.text)
  const begun = await browser.get(asked.headers.location ?? '')
  const { pathname, search } = new URL(begun.headers.location ?? '', appUrl)
  const answer = await answerToApp(sigilBrowser, pathname + search, app)
  return `/callback?${answer}`
}
