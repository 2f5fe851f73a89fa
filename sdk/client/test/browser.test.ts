import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, before, describe, type TestContext, test } from 'node:test'
import type { BrowserContext } from 'playwright-core'
import { chromiumOrSkip } from '../../../test/support/chromium.ts'
import { clientAt } from '../../../test/support/client.ts'
import { newEmail, signedUp } from '../../../test/support/people.ts'
import { built, callApi, openTab, signIn, startIn, startSinglePageApp } from './support/single-page-app.ts'

describe('@sigil/client in a browser', () => {
  let dist = ''
  before(async () => {
    dist = await built()
  })
  after(() => rmSync(dist, { recursive: true, force: true }))

  /** A browser without cookies, an app, a user, and the number of calls of the app to a path of Sigil. */
  async function scene(t: TestContext) {
    const browser = await chromiumOrSkip(t)
    if (!browser) return undefined
    const app = await startSinglePageApp(dist)
    const email = newEmail()
    await signedUp(clientAt(app.sigil.url), { email })
    const context = await browser.newContext({ locale: 'en-GB' })
    const called: string[] = []
    context.on('request', (request) => called.push(new URL(request.url()).pathname))
    return { app, email, context, calls: (path: string) => called.filter((one) => one === path).length }
  }

  test('a user signs in once for all tabs and stays signed in after a reload', async (t) => {
    const set = await scene(t)
    if (!set) return
    const { app, email, context, calls } = set
    const page = await openTab(app, context, '/notes?open=1#top')
    assert.deepEqual(
      [await page.evaluate('sigil.user?.email'), await callApi(page)],
      [undefined, 'signed_out'],
    )
    assert.equal(await signIn(page, app, email), email)
    assert.equal(page.url(), `${app.url}/notes?open=1#top`)
    assert.equal(await callApi(page), 200)
    const stored = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')
    assert.doesNotMatch(`${stored}`, /eyJ|sgr_/)

    const second = await openTab(app, context)
    assert.equal(await second.evaluate('sigil.user.email'), email)
    assert.equal(calls('/oauth/authorize'), 1)

    await second.close()
    await page.reload()
    assert.equal(await startIn(page, app.options), email)
    assert.deepEqual([calls('/oauth/authorize'), await callApi(page)], [2, 200])
    assert.equal(page.url(), `${app.url}/notes?open=1#top`)

    await assert.rejects(page.evaluate(`sigil.fetch('https://evil.example/')`), /The access token is not for/)
  })

  test('tokens are renewed once for all tabs, and every tab detects the end of the session', async (t) => {
    const set = await scene(t)
    if (!set) return
    const { app, email, context, calls } = set
    const page = await openTab(app, context)
    await signIn(page, app, email)
    const tabs = [page, await openTab(app, context), await openTab(app, context)]
    assert.equal(calls('/oauth/token'), 1)
    for (const tab of tabs) await tab.evaluate(later)
    const five = 'Promise.all(Array.from({ length: 5 }, () => sigil.accessToken()))'
    const tokens = (await Promise.all(tabs.map((tab) => tab.evaluate(five)))).flat()
    assert.deepEqual([tokens.length, new Set(tokens).size, calls('/oauth/token')], [15, 1, 2])
    assert.deepEqual(await Promise.all(tabs.map(callApi)), [200, 200, 200])

    await endSession(context, app.sigil.url)
    assert.equal(await callApi(page), 401)
    for (const tab of tabs) await tab.waitForFunction('window.ended === 1 && sigil.user === undefined')
    await page.reload()
    assert.deepEqual([await startIn(page, app.options), calls('/oauth/authorize')], [null, 1])
  })

  test('signing out ends the session at Sigil and in all tabs, and returns to the app', async (t) => {
    const set = await scene(t)
    if (!set) return
    const { app, email, context } = set
    const page = await openTab(app, context)
    await signIn(page, app, email)
    const second = await openTab(app, context)
    await page.evaluate('void sigil.signOut()')
    await page.waitForURL(`${app.url}/bye`)
    await second.waitForFunction('window.ended === 1 && sigil.user === undefined')
    assert.equal(await startIn(page, app.options), null)
    const account = await context.newPage()
    await account.goto(`${app.sigil.url}/account`)
    assert.match(account.url(), /\/sign-in/)
  })

  test('a callback URL that was not requested, or comes from another server, signs no user in', async (t) => {
    const set = await scene(t)
    if (!set) return
    const { app, context } = set
    const page = await openTab(app, context, '/?code=x&state=y')
    assert.equal(page.url(), `${app.url}/?code=x&state=y`)
    const { clientId, issuer } = app.options
    const visit = JSON.stringify({ state: 's', nonce: 'n', verifier: 'v', returnTo: '/', isSilent: false })
    const answers = [
      ['code=c&iss=https://evil.example', 'rejected'],
      ['code=c', 'rejected'],
      [`code=c&iss=${issuer}`, 'rejected'],
      [`error=access_denied&iss=${issuer}`, 'denied'],
      [`error=invalid_scope&iss=${issuer}`, 'misconfigured'],
    ]
    for (const [query, code] of answers) {
      await page.goto(`${app.url}/?state=s&${query}`)
      await page.evaluate(`sessionStorage.setItem('sigil:${clientId}:visit', ${JSON.stringify(visit)})`)
      assert.equal(await startIn(page, app.options), code, query)
      assert.equal(page.url(), `${app.url}/`)
    }
    for (const to of ['https://evil.example/', '//evil.example/', '/.//evil.example/']) {
      page.evaluate(`void sigil.signIn({ returnTo: '${to}' })`)
      await page.waitForURL(/\/sign-in/)
      await page.goBack()
      const kept = await page.evaluate(`sessionStorage.getItem('sigil:${clientId}:visit')`)
      assert.equal(JSON.parse(String(kept)).returnTo, '/', to)
      await startIn(page, app.options)
    }
  })

  test('without locks and channels each tab works alone, and an outage signs no user out', async (t) => {
    const set = await scene(t)
    if (!set) return
    const { app, email, context } = set
    await context.addInitScript(`
      delete globalThis.BroadcastChannel
      Object.defineProperty(navigator, 'locks', { value: undefined })
    `)
    const page = await openTab(app, context)
    await signIn(page, app, email)
    const second = await openTab(app, context)
    assert.equal(await second.evaluate('sigil.user.email'), email)
    await page.evaluate(later)
    assert.equal(await callApi(page), 200)
    await app.sigil.stop()
    await page.evaluate(later)
    assert.ok(await page.evaluate('sigil.accessToken()'))
    await page.evaluate(later)
    assert.equal(await callApi(page), 'unavailable')
    assert.deepEqual(await page.evaluate('[sigil.user.email, window.ended]'), [email, 0])
    await page.reload()
    assert.equal(await startIn(page, app.options), null)
  })
})

/** Moves the clock of a page to shortly before its token expires. */
const later = `{
  const { now } = Date
  Date.now = () => now() + 885_000
}`

/** Signs out on Sigil's own page, as if in another window. */
async function endSession(context: BrowserContext, url: string): Promise<void> {
  const account = await context.newPage()
  await account.goto(`${url}/account`)
  await account.getByRole('button', { name: 'Sign out', exact: true }).first().click()
  await account.waitForURL(/\/sign-in/)
  await account.close()
}
