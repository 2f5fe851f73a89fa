import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/routes.ts'
import { appHostAt, callbackFor, registerSite, trusting } from '#test/support/app-host.ts'
import {
  answerToApp,
  authorizePath,
  locationOf,
  newPkce,
  registerApp,
  tokensFor,
} from '#test/support/app-sign-in.ts'
import { browserAt, type Client, clientAt, type Reply } from '#test/support/client.ts'
import { consolePages } from '#test/support/console-pages.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { inhabit, pathsFor } from '#test/support/every-page.ts'
import { arrivedOnPage, signedInOnPage } from '#test/support/forms.ts'
import { startIdentityProvider } from '#test/support/identity-provider.ts'
import { goodPassword, sessionIn, signIn } from '#test/support/people.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import { rowsChangedSince, rowsOf } from '#test/support/unchanged.ts'
import { newPerson, providersOf, startedAt } from '../sign-in/upstream-visits.ts'

const provider = await startIdentityProvider()
const pages = routes.filter(({ method }) => method === 'GET')

type Visit = { readonly send: (method: string) => Promise<Reply>; readonly path: string }

async function visitor({ url }: TestServer) {
  const browser = browserAt(url)
  await arrivedOnPage(browser)
  return browser
}

function visitOf(browser: Client, path: string): Visit {
  return { path, send: (method) => browser.send(method, path) }
}

/** The host of an app, a signed-in browser, and the first URL of the sign-in at Sigil. */
async function visitToHost(server: TestServer) {
  const { host } = await registerSite(server.world)
  const [at, browser] = [appHostAt(server.url, host), await visitor(server)]
  return { at, browser }
}

async function hostPage(server: TestServer, page: string): Promise<Visit> {
  const { at, browser } = await visitToHost(server)
  const began = await at.send('GET', '/.sigil/sign-in?next=/')
  const { search } = new URL(locationOf(began))
  return visitOf(browser, page + search)
}

/** A request for each route that changes something on GET, in a state in which it does. */
const changing: Readonly<Record<string, (server: TestServer) => Promise<Visit>>> = {
  '/oauth/authorize': async (server) => {
    const app = await registerApp(server.world)
    return visitOf(await visitor(server), authorizePath(app, newPkce()))
  },
  '/oauth/authorize/:uid': async (server) => {
    const [app, browser] = [await registerApp(server.world), browserAt(server.url)]
    const user = await arrivedOnPage(browserAt(server.url))
    const leads = locationOf(await browser.get(authorizePath(app, newPkce())))
    await signedInOnPage(browser, user)
    return visitOf(browser, new URL(leads, server.url).searchParams.get('next') ?? '')
  },
  '/oauth/logout': async (server) => {
    const [app, browser] = [await registerApp(server.world), await visitor(server)]
    const { id_token } = await tokensFor(browser, clientAt(server.url), app)
    return visitOf(browser, `/oauth/logout?${new URLSearchParams({ id_token_hint: id_token })}`)
  },
  '/.sigil/callback': async (server) => {
    const { at, browser } = await visitToHost(server)
    const path = await callbackFor(at, browser)
    return { path, send: (method) => at.send(method, path) }
  },
  '/hosts/sign-in': (server) => hostPage(server, '/hosts/sign-in'),
  '/hosts/continue': (server) => hostPage(server, '/hosts/continue'),
  '/api/v1/auth/providers/:name/start': async ({ url }) =>
    visitOf(browserAt(url), '/api/v1/auth/providers/company/start'),
  '/api/v1/auth/providers/:name/callback': async ({ url }) => {
    const browser = browserAt(url)
    provider.person = newPerson()
    return visitOf(browser, await provider.authorize(await startedAt(browser)))
  },
  '/account/connections/:name/link': async (server) =>
    visitOf(await visitor(server), '/account/connections/company/link'),
}

onBothEngines('HEAD at URLs that change something', (engine) => {
  const server = serverForSuite(engine, { ...trusting, ...providersOf(provider) })

  test('every GET that changes something rejects HEAD, which then changes nothing', async () => {
    const marked = pages.filter(({ endpoint }) => endpoint.changesOnGet).map(({ path }) => path)
    assert.deepEqual(marked.sort(), Object.keys(changing).sort())
    for (const [route, prepare] of Object.entries(changing)) {
      const visit = await prepare(server())
      const before = await rowsOf(server().world)
      const head = await visit.send('HEAD')
      assert.deepEqual([head.status, head.text, head.cookies], [405, '', []], route)
      const allowed = routes.filter(({ path }) => path === route).map(({ method }) => method)
      assert.deepEqual(head.headers.allow?.split(', '), allowed, route)
      assert.deepEqual(await rowsChangedSince(before, server().world), [], route)
      const got = await visit.send('GET')
      assert.ok(got.status < 400, `${route}: ${got.status} ${got.text}`)
      assert.notDeepEqual(await rowsChangedSince(before, server().world), [], route)
    }
  })

  test('a code whose URL was tried with HEAD signs in afterwards', async () => {
    const [app, browser] = [await registerApp(server().world), await visitor(server())]
    const path = authorizePath(app, newPkce())
    assert.equal((await browser.send('HEAD', path)).status, 405)
    assert.ok((await answerToApp(browser, path, app)).has('code'))
  })
})

onBothEngines('HEAD at every other URL', (engine) => {
  const server = serverForSuite(engine, { ...trusting, ...providersOf(provider) })

  test('HEAD writes no row, with and without credentials', async () => {
    const { url, world } = server()
    const filled = await inhabit(world)
    const browser = browserAt(url)
    await signedInOnPage(browser, filled.email)
    const { access_token: bearer } = sessionIn(
      await signIn(clientAt(url), { email: filled.email, password: goodPassword }),
    )
    const known = [...pathsFor('user', filled), ...pathsFor('visitor', filled)]
    const ofConsole = Object.values(consolePages(filled.filled)).flat()
    const bare = pages
      .filter(({ endpoint }) => !endpoint.changesOnGet)
      .map(({ path }) => path.replace(':id', filled.filled.userId).replaceAll(/:\w+/g, 'x'))
    const before = await rowsOf(world)
    for (const path of new Set([...bare, ...known, ...ofConsole])) {
      for (const sender of [browserAt(url), browser]) await sender.send('HEAD', path)
      await clientAt(url).send('HEAD', path, { bearer })
    }
    assert.deepEqual(await rowsChangedSince(before, world), [])
  })
})

const hourMs = 60 * 60_000

onBothEngines('HEAD with a session that is due for renewal', (engine) => {
  test('HEAD neither extends a page session nor uses up its new handle', async () => {
    const clock = testClock()
    const { url, world } = await serveTestWorld(engine, { clock })
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    for (const path of ['/account', '/api/v1/auth/verify']) {
      clock.forward(30 * hourMs)
      const before = await rowsOf(world)
      const head = await browser.send('HEAD', path)
      assert.ok(head.status < 300, path)
      assert.deepEqual(await rowsChangedSince(before, world), [], path)
    }
    clock.forward(hourMs)
    const before = await rowsOf(world)
    assert.equal((await browser.get('/account')).status, 200)
    assert.notDeepEqual(await rowsChangedSince(before, world), [])
    // The first use of the new handle is recorded by GET alone.
    const renewed = await rowsOf(world)
    assert.equal((await browser.send('HEAD', '/account')).status, 200)
    assert.deepEqual(await rowsChangedSince(renewed, world), [])
    assert.equal((await browser.get('/account')).status, 200)
    assert.notDeepEqual(await rowsChangedSince(renewed, world), [])
  })

  test('HEAD with an expired ticket is answered like GET, and extends nothing', async () => {
    const clock = testClock()
    const { url, world } = await serveTestWorld(engine, { clock, env: trusting })
    const { host } = await registerSite(world)
    const [at, browser] = [appHostAt(url, host), browserAt(url)]
    await arrivedOnPage(browser)
    await at.send('GET', await callbackFor(at, browser))
    const old = { cookie: at.client.jar.headerFor('/') ?? '' }
    clock.forward(30 * hourMs)
    const asked = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/', ...old }
    const before = await rowsOf(world)
    assert.equal((await at.send('HEAD', '/.sigil/verify', asked)).status, 204)
    assert.deepEqual(await rowsChangedSince(before, world), [])
    assert.equal((await at.send('GET', '/.sigil/verify', asked)).status, 204)
    assert.notDeepEqual(await rowsChangedSince(before, world), [])
  })
})
