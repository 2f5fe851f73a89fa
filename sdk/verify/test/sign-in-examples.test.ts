import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { byCli } from '../../../src/audit/by.ts'
import { addVerifier } from '../../../src/revocations/verifier-keys.ts'
import { registerApi, registerApp } from '../../../test/support/app-sign-in.ts'
import { chromiumOrSkip, pagePatienceMs } from '../../../test/support/chromium.ts'
import { clientAt } from '../../../test/support/client.ts'
import { freshDatabaseUrl } from '../../../test/support/engines.ts'
import {
  assertSignsInAndOut,
  registerForeignApp,
  runForeignApp,
  serverOfForeignApps,
} from '../../../test/support/foreign-app.ts'
import { goodPassword, newEmail, signedUp } from '../../../test/support/people.ts'
import { startServer } from '../../../test/support/server.ts'
import { type Installed, installed, withExamples } from './support/packed.ts'

describe('the sign-in examples with the published packages', () => {
  let consumer: Installed
  let folder = ''

  before(async () => {
    consumer = await installed('verify', 'client')
    folder = join(withExamples(consumer), 'sign-in')
  })
  after(() => consumer.remove())

  for (const name of ['express', 'fastify', 'hono']) {
    test(`${name}: the example signs a user in, refreshes, and is signed out`, async () => {
      const foreign = await registerForeignApp(await serverOfForeignApps())
      await runForeignApp(foreign, [process.execPath, join(folder, `${name}.mjs`)])
      await assertSignsInAndOut(foreign)
    })
  }

  test('next: the routes and the session of the example sign a user in, refresh and sign out', async () => {
    const foreign = await registerForeignApp(await serverOfForeignApps())
    Object.assign(process.env, foreign.env)
    cpSync(join(folder, 'next'), join(folder, 'next-here'), { recursive: true })
    const fileIn = (path: string) => import(pathToFileURL(join(folder, 'next-here', path)).href)
    const [{ currentSession }, signIn, callback, signOut] = await Promise.all(
      ['auth.mjs', ...['sign-in', 'callback', 'sign-out'].map((name) => `app/${name}/route.js`)].map(fileIn),
    )
    const routes: Record<string, (request: Request) => Promise<Response>> = {
      'GET /sign-in': signIn.GET,
      'GET /callback': callback.GET,
      'POST /sign-out': signOut.POST,
      // As in app/page.js, which needs Next.js itself.
      'GET /': async ({ headers }) => {
        const session = await currentSession(headers)
        const location = `${foreign.appUrl}/sign-in`
        return session
          ? new Response(session.user.id)
          : new Response(null, { status: 303, headers: { location } })
      },
    }
    const server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '', foreign.appUrl)
      const route = routes[`${request.method} ${url.pathname}`] ?? assert.fail(url.pathname)
      const headers = new Headers(request.headers as Record<string, string>)
      const answer = await route(new Request(url, { method: request.method ?? 'GET', headers }))
      response.writeHead(answer.status, [...answer.headers].flat()).end(await answer.text())
    })
    server.listen(new URL(foreign.appUrl).port)
    after(() => server.close())
    await once(server, 'listening')
    await assertSignsInAndOut(foreign)
  })

  test('spa: the example signs in, calls its API, and is signed out on the account page', async (t) => {
    const browser = await chromiumOrSkip(t)
    if (!browser) return
    const sigil = await startServer(await freshDatabaseUrl('sqlite'))
    const api = await registerApi(sigil.world)
    const added = await addVerifier(sigil.world, { name: 'notes', apiId: api.id, by: byCli })
    const foreign = await registerForeignApp(sigil)
    const { appUrl } = foreign
    const spa = await registerApp(sigil.world, {
      kind: 'browser',
      redirectUris: [`${appUrl}/`],
      postLogoutUris: [`${appUrl}/`],
      allowedOrigins: [appUrl],
      apis: [{ name: api.name }],
    })
    const more = { CLIENT_ID: spa.id, API_AUDIENCE: api.audience, SIGIL_VERIFIER_KEY: added?.key ?? '' }
    await runForeignApp(foreign, [process.execPath, join(folder, 'spa/server.mjs')], { more })
    const email = newEmail()
    const { id } = await signedUp(clientAt(sigil.url), { email })
    const context = await browser.newContext({ locale: 'en-GB' })
    const page = await context.newPage()
    page.setDefaultTimeout(pagePatienceMs)
    await page.goto(`${appUrl}/`)
    await page.getByText('Nobody is signed in.').waitFor()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Email or username').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(goodPassword)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByText(`Hello ${id}`).waitFor()
    await page.reload()
    await page.getByText(`Hello ${id}`).waitFor()
    const account = await context.newPage()
    await account.goto(`${sigil.url}/account`)
    await account.getByRole('button', { name: 'Sign out', exact: true }).first().click()
    await account.waitForURL(/\/sign-in/)
    await page.reload()
    await page.getByText('Nobody is signed in.').waitFor()
  })
})
