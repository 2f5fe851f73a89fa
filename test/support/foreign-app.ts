import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { answerToApp, registerApp, type TestApp } from '#test/support/app-sign-in.ts'
import { browserAt, type Client, type Reply } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { freePort } from '#test/support/free-port.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import { rowsIn } from '#test/support/stored-rows.ts'

/** A web app in any language that is registered at a server, and its port. */
export type ForeignApp = {
  readonly sigil: TestServer
  readonly app: TestApp
  readonly appUrl: string
  /** The environment variables of the examples. */
  readonly env: Readonly<Record<string, string>>
}

/** A server whose access tokens expire so soon that every client refreshes them at each use. */
export async function serverOfForeignApps(): Promise<TestServer> {
  return startServer(await freshDatabaseUrl('sqlite'), { SIGIL_ACCESS_TOKEN_LIFETIME: '9s' })
}

/** A new app. With `logoutPath`, it receives logout tokens at this path. */
export async function registerForeignApp(
  sigil: TestServer,
  callbackPath = '/callback',
  logoutPath?: string,
): Promise<ForeignApp> {
  const appUrl = `http://localhost:${await freePort()}`
  const app = await registerApp(sigil.world, {
    redirectUris: [`${appUrl}${callbackPath}`],
    postLogoutUris: [`${appUrl}/`],
    backchannelUri: logoutPath === undefined ? undefined : `${appUrl}${logoutPath}`,
  })
  const env = {
    ISSUER: sigil.world.settings.publicUrl,
    CLIENT_ID: app.id,
    CLIENT_SECRET: app.secret ?? '',
    COOKIE_SECRET: 'a secret of the tests with 32 characters',
    APP_URL: appUrl,
  }
  return { sigil, app, appUrl, env }
}

/** Starts the program of an app and waits until it responds. It ends with the running test. */
export async function runForeignApp(
  { appUrl, env }: ForeignApp,
  [program = '', ...words]: readonly string[],
  { cwd = process.cwd(), more = {} } = {},
): Promise<void> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(program, words, {
    cwd,
    env: { PATH, HOME, ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a separate process group: some programs start others, which must end with them.
    detached: true,
  })
  after(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  })
  await untilAnswered(child, appUrl)
}

async function untilAnswered(child: ChildProcess, url: string): Promise<void> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  const ended = once(child, 'exit').then(() => assert.fail(`The app ended: ${output}`))
  for (;;) {
    const isUp = browserAt(url)
      .get('/')
      .then(
        () => true,
        () => false,
      )
    if (await Promise.race([isUp, ended])) return
    await Promise.race([new Promise(setImmediate), ended])
  }
}

/**
 * The life of a user of the app: signs in on Sigil's pages, whose tokens are refreshed, signs out on the
 * account page, signs in again and signs out in the app.
 */
export async function assertSignsInAndOut(foreign: ForeignApp, at = '/'): Promise<void> {
  const { sigil, appUrl } = foreign
  const sigilBrowser = browserAt(sigil.url)
  const browser = browserAt(appUrl)
  await arrivedOnPage(sigilBrowser)
  const page = await arriveAt(foreign, { browser, sigilBrowser, at })
  const [grant] = await grantsOf(foreign)
  assert.ok(grant)
  assert.match(page.text, new RegExp(`${grant.user_id}`))
  assert.equal((await browser.get(at, asPage)).status, 200)
  const [refreshed] = await grantsOf(foreign)
  assert.ok(Number(refreshed?.counter) > 0, 'The tokens were not refreshed')

  await sendForm(sigilBrowser, '/sign-out')
  assertRedirects(await browser.get(at, asPage))

  await arrivedOnPage(sigilBrowser)
  await arriveAt(foreign, { browser, sigilBrowser, at })
  const leaving = new URL((await sendForm(browser, '/sign-out')).headers.location ?? '')
  const left = await sigilBrowser.get(leaving.pathname + leaving.search)
  assert.equal(left.headers.location, `${appUrl}/`)
  assertRedirects(await browser.get(at, asPage))
  assert.match((await sigilBrowser.get('/account')).headers.location ?? '', /^\/sign-in/)
}

/** The redirect to the sign-in: each framework uses a different status. */
function assertRedirects({ status }: Reply): void {
  assert.ok([302, 303, 307].includes(status), `${status}`)
}

const asPage = { headers: { accept: 'text/html' } }

type Tour = { readonly browser: Client; readonly sigilBrowser: Client; readonly at: string }

/** Follows the redirects between the app and Sigil until the app shows a page. */
export async function arriveAt(
  { sigil, app, appUrl }: ForeignApp,
  { browser, sigilBrowser, at }: Tour,
): Promise<Reply> {
  const issuer = sigil.world.settings.publicUrl
  let reply = await browser.get(at, asPage)
  for (let hops = 0; hops < 6 && reply.status !== 200; hops++) {
    const location = new URL(reply.headers.location ?? assert.fail(`${reply.status} ${reply.text}`), appUrl)
    if (location.origin !== issuer) reply = await browser.get(location.pathname + location.search, asPage)
    else {
      const answer = await answerToApp(sigilBrowser, location.pathname + location.search, app)
      reply = await browser.get(`${new URL(app.redirectUri).pathname}?${answer}`, asPage)
    }
  }
  assert.equal(reply.status, 200, reply.text)
  return reply
}

function grantsOf({ sigil, app }: ForeignApp) {
  return rowsIn(sigil.world.db.query, 'grants', { column: 'client_id', is: app.id })
}
