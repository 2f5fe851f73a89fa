import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appHostAt, navigation, registerSite, serverWithHosts, signInAt } from '#test/support/app-host.ts'
import { locationOf } from '#test/support/app-sign-in.ts'
import { browserAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'
import { goodPassword, signedUp } from '#test/support/people.ts'

onBothEngines('a third-party app on its own host', (engine) => {
  const { signedIn, server } = serverWithHosts(engine)

  test('users are asked once, until they remove the app', async () => {
    const { at, browser, host, app, url } = await signedIn({ name: 'Foreign wiki', isFirstParty: false })
    const consentOf = async () => {
      const elsewhere = appHostAt(url, host)
      const began = new URL(locationOf(await elsewhere.send('GET', '/.sigil/sign-in?next=/x')))
      return locationOf(await browser.get(began.pathname + began.search))
    }
    const path = await consentOf()
    assert.match(path, /^\/hosts\/consent\?/)
    const { text } = await browser.get(path)
    for (const shown of ['Foreign wiki', host, 'See your email address', 'See your roles']) {
      assert.ok(text.includes(shown), shown)
    }
    const refused = await sendForm(browser, path, { decision: 'refuse' })
    assert.equal(refused.headers.location, '/account/apps')
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    assert.equal((await sendForm(browser, path, { decision: 'allow' }, foreign)).status, 403)
    assert.match(await consentOf(), /^\/hosts\/consent\?/)

    assert.equal((await signInAt(at, browser, '/x')).headers.location, '/x')
    assert.equal((await at.ask('/x')).status, 204)
    assert.match(await consentOf(), /^https:/)
    assert.match((await browser.get('/account/apps')).text, /Foreign wiki/)
    await sendForm(browser, `/account/apps/${app.clientId}/remove`)
    assert.equal((await at.ask('/x', { headers: navigation })).status, 302)
    assert.match(await consentOf(), /^\/hosts\/consent\?/)
    assert.doesNotMatch((await browser.get('/account/apps')).text, /Foreign wiki/)
    assert.equal((await appHostAt(url, host).ask('/x')).status, 401)
  })

  test('a user who has to sign in first arrives at the requested page', async () => {
    const { url, world } = server()
    const { host } = await registerSite(world)
    const person = await signedUp(browserAt(url))
    const [at, browser] = [appHostAt(url, host), browserAt(url)]
    const began = new URL(locationOf(await at.send('GET', '/.sigil/sign-in?next=/page%3Fa=1%26b=2')))
    const signInPath = locationOf(await browser.get(began.pathname + began.search))
    const next = new URL(signInPath, url).searchParams.get('next') ?? ''
    assert.match((await browser.get(signInPath)).text, /name="next"/)
    const entered = await sendForm(browser, '/sign-in', {
      login: person.email,
      password: goodPassword,
      next,
    })
    assert.equal(entered.headers.location, next)
    const callback = new URL(locationOf(await browser.get(next)))
    assert.equal(callback.origin, `https://${host}`)
    const back = await at.send('GET', callback.pathname + callback.search)
    assert.equal(back.headers.location, '/page?a=1&b=2')
    assert.equal((await at.ask('/page?a=1&b=2')).status, 204)
  })
})

onBothEngines('failed sign-ins to a host', (engine) => {
  const { admitted, signedIn } = serverWithHosts(engine)

  test('a proxy that drops the cookie leads to an error page and not to a redirect loop', async () => {
    const { at, browser } = await admitted()
    const once = await at.send('GET', '/.sigil/sign-in?next=/x')
    assert.equal(once.headers.location, '/x')
    const again = await at.send('GET', '/.sigil/sign-in?next=/x')
    const location = new URL(locationOf(again))
    assert.equal(location.pathname, '/hosts/failed')
    assert.deepEqual(again.cookies, [])
    const page = await browser.get(location.pathname + location.search)
    assert.equal(page.status, 200)
    assert.match(page.text, new RegExp(`href="https://${at.host}/.sigil/sign-in\\?next=%2Fx"`))
  })

  test('tabs that sign in at the same time all arrive', async () => {
    const { at, browser } = await signedIn()
    // The first visit sets the cookie that the others share.
    const begin = async () => new URL(locationOf(await at.send('GET', '/.sigil/sign-in?next=/x')))
    const visits = [await begin(), await begin(), await begin()]
    for (const visit of visits) {
      const callback = new URL(locationOf(await browser.get(visit.pathname + visit.search)))
      const back = await at.send('GET', callback.pathname + callback.search)
      assert.equal(back.headers.location, '/x')
    }
  })

  test('a URL without the secret of a browser gets no code', async () => {
    const { at, browser } = await signedIn()
    for (const state of ['', '&state=x', `&state=${'a'.repeat(44)}`, '&state=a&state=b']) {
      const reply = await browser.get(`/hosts/sign-in?host=${at.host}&next=/${state}`)
      assert.equal(reply.status, 400, state)
    }
  })
})
