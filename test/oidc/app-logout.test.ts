import assert from 'node:assert/strict'
import { test } from 'node:test'
import { locationOf, registerApp, tokensFor } from '#test/support/app-sign-in.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import type { Client } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { assertLeads, assertPage, sendForm } from '#test/support/forms.ts'

const home = 'https://app.example.com/bye'

function logoutPath(fields: Record<string, string>): string {
  return `/oauth/logout?${new URLSearchParams(fields)}`
}

async function isSignedIn(browser: Client): Promise<boolean> {
  return (await browser.get('/account')).status === 200
}

async function appAndUser({ world, client, visitor }: ReturnType<typeof attackedServer>) {
  const app = await registerApp(world(), { postLogoutUris: [home] })
  const browser = await visitor()
  const { id_token: hint } = await tokensFor(browser, client(), app)
  return { app, browser, hint }
}

onBothEngines('logouts requested by apps', (engine) => {
  const attacked = attackedServer(engine)
  const { client, visitor } = attacked

  test('an ID token of this session signs out at once and returns to a registered address', async () => {
    const { browser, hint } = await appAndUser(attacked)
    const request = { id_token_hint: hint, post_logout_redirect_uri: home, state: 's&x' }
    const reply = await browser.get(logoutPath(request))
    assertLeads(reply, `${home}?state=s%26x`)
    assert.equal(await isSignedIn(browser), false)
    // A repeated request has nothing left to do, but still redirects to the app.
    assertLeads(await browser.get(logoutPath(request)), `${home}?state=s%26x`)
  })

  test('the browser is never redirected to a URL that does not match a registered one exactly', async () => {
    const { browser, app, hint } = await appAndUser(attacked)
    const tricks = [`${home}/`, `${home}?x`, 'https://evil.example/', 'javascript:alert(1)', `${home}#x`]
    for (const post_logout_redirect_uri of tricks) {
      const reply = await browser.get(logoutPath({ client_id: app.id, post_logout_redirect_uri }))
      assertPage(reply, 200)
      const sent = { client_id: app.id, post_logout_redirect_uri }
      const anonymous = await client().get(logoutPath(sent))
      assertLeads(anonymous, '/sign-in')
    }
    const wrong = { id_token_hint: hint, client_id: 'app_other', post_logout_redirect_uri: home }
    assertPage(await browser.get(logoutPath(wrong)), 200)
    assert.equal(await isSignedIn(browser), true)
  })

  test('without an ID token of this session the user is asked, and may stay signed in', async () => {
    const { browser, app, hint } = await appAndUser(attacked)
    const other = await visitor()
    const requests = [
      {},
      { client_id: app.id },
      { id_token_hint: 'x' },
      { id_token_hint: hint, post_logout_redirect_uri: home },
    ]
    for (const request of requests) {
      const page = await other.get(logoutPath(request))
      assertPage(page, 200)
      assert.match(page.text, /Stay signed in/)
      assert.equal(await isSignedIn(other), true)
    }
    const agreed = { id_token_hint: hint, post_logout_redirect_uri: home }
    const forged = { origin: 'https://evil.example' }
    assert.equal((await sendForm(other, '/oauth/logout/confirm', agreed, forged)).status, 403)
    const sent = await sendForm(other, '/oauth/logout/confirm', agreed)
    assert.equal(locationOf(sent), home)
    assert.deepEqual([await isSignedIn(other), await isSignedIn(browser)], [false, true])
  })
})

onBothEngines('logouts requested by apps that registered themselves', (engine) => {
  const attacked = attackedServer(engine)
  const { world, client, visitor } = attacked

  test('a logout redirects to an app that registered itself only from a session of that app', async () => {
    const app = await registerApp(world(), { source: 'registration', postLogoutUris: [home] })
    const [browser, other] = [await visitor(), await visitor()]
    const { id_token: hint } = await tokensFor(browser, client(), app)
    const { id_token: ofOther } = await tokensFor(other, client(), app)
    const named = { client_id: app.id, post_logout_redirect_uri: home }
    const own = { id_token_hint: ofOther, post_logout_redirect_uri: home }
    // An ID token of the owner of the app, in a link for somebody else.
    for (const request of [named, own]) {
      assertLeads(await client().get(logoutPath(request)), '/sign-in')
      const asked = await sendForm(await visitor(), '/oauth/logout/confirm', request)
      assert.equal(locationOf(asked), '/sign-in')
    }
    const request = { id_token_hint: hint, post_logout_redirect_uri: home }
    assertLeads(await browser.get(logoutPath(request)), home)
    assert.equal(await isSignedIn(browser), false)
    assert.equal(locationOf(await sendForm(other, '/oauth/logout/confirm', own)), home)
  })
})

onBothEngines('logout requests by form', (engine) => {
  const attacked = attackedServer(engine)

  test('a request that another site posts is equivalent to its link', async () => {
    const { browser, hint } = await appAndUser(attacked)
    const fields = { id_token_hint: hint, post_logout_redirect_uri: home }
    const headers = { origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' }
    const sent = await sendForm(browser, '/oauth/logout', fields, headers)
    assert.equal(await isSignedIn(browser), true)
    assertLeads(await browser.get(locationOf(sent)), home)
    assert.equal(await isSignedIn(browser), false)
  })
})

onBothEngines('native apps after a logout', (engine) => {
  const attacked = attackedServer(engine)

  test('after a logout a native app is returned to on any port of its loopback address', async () => {
    const { world, client } = attacked
    const { id: client_id } = await registerApp(world(), {
      kind: 'native',
      postLogoutUris: ['http://127.0.0.1/out', 'com.example.app:/out'],
    })
    const web = await registerApp(world(), { postLogoutUris: ['http://127.0.0.1/out'] })
    const leads = async (uri: string, id = client_id) => {
      const path = logoutPath({ client_id: id, post_logout_redirect_uri: uri })
      return (await client().get(path)).headers.location
    }
    for (const uri of ['http://127.0.0.1:4711/out', 'http://127.0.0.1/out', 'com.example.app:/out'])
      assert.equal(await leads(uri), uri)
    const others = ['http://127.0.0.1:4711/', 'http://localhost:4711/out', 'http://127.0.0.1:1/x/../out']
    const hostile = [
      'http://a@127.0.0.1:1/out',
      'https://127.0.0.1:1/out',
      'http://127.1:1/out',
      'http://127.0.0.1:1/o\nut',
    ]
    for (const uri of [...others, ...hostile, 'com.example.app:4711/out'])
      assert.equal(await leads(uri), '/sign-in', uri)
    assert.equal(await leads('http://127.0.0.1:4711/out', web.id), '/sign-in')
  })
})
