import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BrowserContext, Page } from 'playwright-core'
import { byCli } from '../../../../src/audit/by.ts'
import { addVerifier } from '../../../../src/revocations/verifier-keys.ts'
import { registerApi, registerApp } from '../../../../test/support/app-sign-in.ts'
import { pagePatienceMs } from '../../../../test/support/chromium.ts'
import { freshDatabaseUrl } from '../../../../test/support/engines.ts'
import { goodPassword } from '../../../../test/support/people.ts'
import { startServer, type TestServer } from '../../../../test/support/server.ts'
import { signedIn } from '../../../verify/src/node.ts'
import type { Verifier } from '../../../verify/src/verify.ts'
import { attached } from '../../../verify/test/support/attached.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** Compiles the package, as it is published, into a new folder. */
export async function built(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-client-'))
  const words = ['--project', join(root, 'sdk/client/tsconfig.json'), '--outDir', folder]
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), words, { env: process.env })
  return folder
}

export type SinglePageApp = {
  readonly sigil: TestServer
  readonly url: string
  /** The options with which a page creates a client. */
  readonly options: Readonly<Record<string, unknown>>
  /** Replaces the page at every path. */
  show(html: string): void
}

/** An app with its own API, on a different site from Sigil. */
export async function startSinglePageApp(dist: string): Promise<SinglePageApp> {
  const sigil = await startServer(await freshDatabaseUrl('sqlite'))
  const api = await registerApi(sigil.world)
  const added = await addVerifier(sigil.world, { name: 'notes', apiId: api.id, by: byCli })
  const verifier = await attached(sigil, { audience: api.audience, key: added?.key ?? '' })
  let html = '<!doctype html><title>App</title><body>App'
  const server = createServer((request, response) => serve(request, response, { dist, verifier, html }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const app = await registerApp(sigil.world, {
    kind: 'browser',
    redirectUris: [`${url}/`],
    postLogoutUris: [`${url}/bye`],
    allowedOrigins: [url],
    apis: [{ name: api.name }],
  })
  const { publicUrl: issuer } = sigil.world.settings
  const show = (page: string) => {
    html = page
  }
  return { sigil, url, show, options: { issuer, clientId: app.id, postLogoutUri: '/bye' } }
}

type Served = { readonly dist: string; readonly verifier: Verifier; readonly html: string }

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { dist, verifier, html }: Served,
): unknown {
  const { pathname } = new URL(request.url ?? '', 'http://localhost')
  if (pathname === '/api/me') {
    return signedIn(verifier, (_request, response: ServerResponse, { userId }) => response.end(userId))(
      request,
      response,
    )
  }
  if (pathname.endsWith('.js')) {
    response.setHeader('content-type', 'text/javascript')
    return response.end(readFileSync(join(dist, basename(pathname))))
  }
  response.setHeader('content-type', 'text/html')
  return response.end(html)
}

/** A tab of the app, with a client that has started: `sigil` in its scripts. */
export async function openTab(
  { url, options }: SinglePageApp,
  context: BrowserContext,
  path = '/',
): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(pagePatienceMs)
  await page.goto(url + path)
  await startIn(page, options)
  return page
}

/** Starts a client in a loaded page. If it redirects to Sigil and returns, it is started again. */
export async function startIn(page: Page, options: object): Promise<unknown> {
  const script = `(async () => {
    const { createClient } = await import('/client/client.js')
    window.sigil = createClient(${JSON.stringify(options)})
    window.ended = 0
    sigil.onSignedOut(() => window.ended++)
    const user = await sigil.start().catch((error) => ({ error: error.code }))
    return user?.error ?? user?.email ?? null
  })()`
  try {
    return await page.evaluate(script)
  } catch {
    // The page was redirected to Sigil, which redirects back.
    await page.waitForURL((url) => url.searchParams.has('state') && url.origin === new URL(page.url()).origin)
    await page.waitForLoadState()
    return page.evaluate(script)
  }
}

/** Signs in on Sigil's page, to which the client redirects. */
export async function signIn(page: Page, { url, options }: SinglePageApp, email: string): Promise<unknown> {
  await page.evaluate('void sigil.signIn()')
  await page.getByLabel('Email or username').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(goodPassword)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(`${url}/?**`)
  return startIn(page, options)
}

/** The status of a call of the app's API through the client, or the code of its error. */
export function callApi(page: Page): Promise<unknown> {
  return page.evaluate(`sigil.fetch('/api/me').then(({ status }) => status, ({ code }) => code)`)
}
