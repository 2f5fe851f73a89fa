import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'
import { arrived, goodPassword, signedUp } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const verify = '/api/v1/auth/verify'

async function staleBrowser(engine: Engine) {
  const clock = testClock()
  const { url } = await serveTestWorld(engine, { clock })
  const person = await signedUp(clientAt(url))
  const browser = browserAt(url)
  await sendForm(browser, '/sign-in', { login: person.email, password: goodPassword })
  clock.forward(16 * 60_000)
  return { url, clock, browser, person }
}

function setsAccess({ cookies }: { cookies: readonly string[] }): boolean {
  return cookies.some((cookie) => cookie.startsWith('access_token='))
}

/** The cookies of a browser, sent explicitly so that the response does not change them. */
async function ask(client: Client, cookie: string, headers: Record<string, string> = {}) {
  return client.get(verify, { headers: { cookie, ...headers } })
}

onBothEngines('forward-auth after the access token has expired', (engine) => {
  test('the page session renews the access token in the same response, with one cookie', async () => {
    const { browser, person } = await staleBrowser(engine)
    const first = await browser.get(verify)
    assert.equal(first.status, 204)
    assert.equal(first.headers['x-auth-user-id'], person.id)
    assert.equal(first.cookies.length, 1)
    assert.ok(setsAccess(first))
    const second = await browser.get(verify)
    assert.deepEqual([second.status, second.cookies.length], [204, 0])
    const envoy = await browser.get('/ext_authz/app/page')
    assert.equal(envoy.status, 200)
  })

  test('a role that the user lacks stays forbidden', async () => {
    const { browser } = await staleBrowser(engine)
    assert.equal((await browser.get(`${verify}?role=admin`)).status, 403)
  })

  test('a signed-out session, a forged handle or a Bearer token does not renew a token', async () => {
    const { url, browser } = await staleBrowser(engine)
    const client = clientAt(url)
    const handle = browser.jar.valueOf('session')
    const expired = browser.jar.valueOf('access_token')
    const both = `session=${handle}; access_token=${expired}`
    assert.equal((await ask(client, both, { authorization: `Bearer ${expired}` })).status, 401)
    assert.equal((await ask(client, `session=${handle.slice(0, -2)}AA`)).status, 401)
    assert.equal((await ask(client, both)).status, 204)
    await sendForm(browser, '/sign-out', {})
    assert.equal((await ask(client, both)).status, 401)
  })

  test('an API client without a page session is not renewed', async () => {
    const clock = testClock()
    const { url } = await serveTestWorld(engine, { clock })
    const browser = browserAt(url)
    await arrived(browser)
    clock.forward(16 * 60_000)
    assert.equal((await browser.get(verify)).status, 401)
  })
})
