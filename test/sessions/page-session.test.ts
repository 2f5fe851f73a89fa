import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt, clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'
import { goodPassword, signedUp } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const dayMs = 24 * 60 * 60 * 1000

async function signedInOnPage(engine: Engine) {
  const clock = testClock()
  const { url } = await serveTestWorld(engine, { clock })
  const person = await signedUp(clientAt(url))
  const browser = browserAt(url)
  const reply = await sendForm(browser, '/sign-in', { login: person.email, password: goodPassword })
  assert.equal(reply.status, 303, reply.text)
  return { clock, url, browser }
}

/** Another program with a copy of the session cookie. */
function copyOf(url: string, handle: string) {
  const client = clientAt(url)
  return async () => (await client.get('/account', { headers: { cookie: `session=${handle}` } })).status
}

onBothEngines('page sessions', (engine) => {
  test('a changed password invalidates a stolen copy of the session cookie', async () => {
    const { url, browser } = await signedInOnPage(engine)
    const copy = copyOf(url, browser.jar.valueOf('session') ?? '')
    assert.equal(await copy(), 200)
    const fields = { current: goodPassword, new: 'another battery of horses' }
    const repeated = { ...fields, repeat_password: fields.new }
    const changed = await sendForm(browser, '/account/password', repeated)
    assert.equal(changed.status, 303, changed.text)
    assert.equal((await browser.get('/account')).status, 200)
    assert.notEqual(await copy(), 200)
  })

  test('the session cookie is replaced once a day, and the requested page is still returned', async () => {
    const { clock, browser } = await signedInOnPage(engine)
    const first = browser.jar.valueOf('session')
    await browser.get('/account')
    assert.equal(browser.jar.valueOf('session'), first)
    clock.forward(2 * dayMs)
    assert.equal((await browser.get('/account')).status, 200)
    assert.notEqual(browser.jar.valueOf('session'), first)
    assert.equal((await browser.get('/account')).status, 200)
  })

  test('using a copy after the cookie was replaced ends the session', async () => {
    const { clock, url, browser } = await signedInOnPage(engine)
    const copy = copyOf(url, browser.jar.valueOf('session') ?? '')
    clock.forward(2 * dayMs)
    await browser.get('/account')
    await browser.get('/account')
    clock.forward(60_000)
    assert.notEqual(await copy(), 200)
    assert.notEqual((await browser.get('/account')).status, 200)
  })

  test('a browser that lost the response with its new cookie continues with the old one', async () => {
    const { clock, url, browser } = await signedInOnPage(engine)
    const first = browser.jar.valueOf('session') ?? ''
    const lost = copyOf(url, first)
    clock.forward(2 * dayMs)
    assert.equal(await lost(), 200)
    clock.forward(60_000)
    assert.equal(await lost(), 200)
    assert.equal((await browser.get('/account')).status, 200)
    assert.notEqual(browser.jar.valueOf('session'), first)
    assert.equal((await browser.get('/account')).status, 200)
  })
})
