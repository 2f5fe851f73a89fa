import assert from 'node:assert/strict'
import { addApp } from '#src/apps/add-app.ts'
import type { App } from '#src/apps/app.ts'
import { emptyApp } from '#src/apps/on-wire.ts'
import { requirementIn } from '#src/apps/path-rules.ts'
import { byCli } from '#src/audit/by.ts'
import type { World } from '#src/world/world.ts'
import { locationOf } from '#test/support/app-sign-in.ts'
import { browserAt, type Client, type Reply } from '#test/support/client.ts'
import type { Engine } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** A server that trusts the test as the proxy of the apps. */
export const trusting = { SIGIL_TRUSTED_PROXIES: '127.0.0.1,::1' }

type Site = {
  readonly name?: string
  readonly hosts?: readonly string[]
  readonly rules?: Readonly<Record<string, string>>
  readonly allowsPreflight?: boolean
  readonly isFirstParty?: boolean
}

let count = 0

/** A host that no app in this process has used. */
export function newHost(): string {
  return `app-${++count}.example.com`
}

/** Registers an app behind a proxy. */
export async function registerSite(world: World, site: Site = {}): Promise<{ app: App; host: string }> {
  const {
    name = 'Wiki',
    hosts = [newHost()],
    rules = {},
    allowsPreflight = false,
    isFirstParty = true,
  } = site
  const pathRules = Object.entries(rules).map(([path, text]) => {
    const requires = requirementIn(text)
    assert.ok(requires, text)
    return { path, requires }
  })
  const app = { ...emptyApp, name, kind: 'proxy' as const, isFirstParty, by: byCli }
  const added = await addApp(world, { ...app, site: { hosts, rules: pathRules, allowsPreflight } })
  return { app: added.app, host: hosts[0] ?? '' }
}

/** A browser at one host of an app, whose proxy sends every request to Sigil. */
export type AppHost = {
  readonly host: string
  readonly client: Client
  /** Whether a request may reach the app. */
  ask(target: string, sent?: Asked): Promise<Reply>
  /** A request below `/.sigil/`, which the proxy passes on. */
  send(method: string, path: string, headers?: Record<string, string>): Promise<Reply>
  ticket(): string
}

type Asked = {
  readonly method?: string
  readonly headers?: Record<string, string | undefined>
  /** As nginx sends it. */
  readonly redirects?: false
}

export const navigation = { 'sec-fetch-mode': 'navigate', accept: 'text/html' }

export function appHostAt(url: string, host: string): AppHost {
  const client = browserAt(url)
  const forwarded = { 'x-forwarded-host': host }
  return {
    host,
    client,
    ask(target, { method = 'GET', headers = {}, redirects } = {}) {
      const path = redirects === false ? '/.sigil/verify?redirect=401' : '/.sigil/verify'
      const asked = { ...forwarded, 'x-forwarded-method': method, 'x-forwarded-uri': target, ...headers }
      return client.get(path, { headers: asked })
    },
    send: (method, path, headers = {}) =>
      client.send(method, path, { headers: { ...forwarded, ...headers } }),
    ticket: () => client.jar.valueOf('__Host-sigil_ticket') || client.jar.valueOf('sigil_ticket'),
  }
}

/** Follows the sign-in from a host to Sigil and back; returns the response of the callback. */
export async function signInAt(at: AppHost, browser: Client, next = '/'): Promise<Reply> {
  return at.send('GET', await callbackFor(at, browser, next))
}

/** The path, with the code, that Sigil redirects a browser back to. */
export async function callbackFor(at: AppHost, browser: Client, next = '/'): Promise<string> {
  const began = await at.send('GET', `/.sigil/sign-in?${new URLSearchParams({ next })}`)
  assert.equal(began.status, 303, began.text)
  let location = locationOf(began)
  for (let hops = 0; hops < 6; hops++) {
    const url = new URL(location, 'http://sigil.invalid')
    const path = url.pathname + url.search
    if (url.host === at.host) return path
    const reply = await browser.get(path)
    if (url.pathname !== '/hosts/consent') location = locationOf(reply)
    else location = locationOf(await sendForm(browser, path, { decision: 'allow' }))
  }
  assert.fail(`The browser arrives at ${location} instead of ${at.host}`)
}

/** A server for a suite, with users who are signed in at Sigil and begin a sign-in at the host of an app. */
export function serverWithHosts(engine: Engine) {
  const server = serverForSuite(engine, trusting)
  async function signedIn(site: Site = {}) {
    const { url, world } = server()
    const { app, host } = await registerSite(world, site)
    const browser = browserAt(url)
    const email = await arrivedOnPage(browser)
    return { url, world, app, host, browser, at: appHostAt(url, host), email }
  }
  /** The same, with a ticket. */
  async function admitted(site: Site = {}) {
    const visit = await signedIn(site)
    assert.equal((await signInAt(visit.at, visit.browser)).headers.location, '/')
    assert.equal((await visit.at.ask('/')).status, 204)
    return visit
  }
  return { server, signedIn, admitted }
}
