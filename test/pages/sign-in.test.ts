import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrivedOnPage, assertLeads, assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { goodPassword, isAccepted, newEmail, signedUp } from '#test/support/people.ts'
import { onSite } from '#test/support/site.ts'

onSite('the sign-in form', ({ browser }) => {
  test('the start page redirects a visitor to sign-in', async () => {
    assertLeads(await browser().get('/'), '/sign-in')
    const page = await browser().get('/sign-in')
    assertPage(page, 200)
    assert.match(page.text, /<title>Sign in · Sigil<\/title>/)
    assert.match(page.text, /<input id="login" name="login" type="text" autocomplete="username webauthn"/)
    assert.match(page.text, /autocomplete="current-password"/)
    assert.deepEqual(page.cookies, [])
  })

  test('signing in on a page sets a page session and an access token', async () => {
    const visitor = browser()
    const { email } = await signedUp(visitor)
    await signedInOnPage(visitor, email)
    assert.deepEqual(visitor.jar.names, ['access_token', 'known_browser', 'session', 'sigil_last_method'])
    for (const name of ['access_token', 'session']) {
      const attributes = visitor.jar.attributesOf(name)
      for (const wanted of ['HttpOnly', 'SameSite=Lax', 'Path=/'])
        assert.ok(attributes.includes(wanted), name)
    }
    assert.ok(await isAccepted(visitor, visitor.jar.valueOf('access_token')))
    assertLeads(await visitor.get('/'), '/account')
    assertPage(await visitor.get('/account'), 200)
  })

  test('a failed sign-in form keeps the login but not the password', async () => {
    const visitor = browser()
    const { email } = await signedUp(visitor)
    const rejected = await sendForm(visitor, '/sign-in', {
      login: email,
      password: 'not my secret',
      next: '/docs',
    })
    assertPage(rejected, 401)
    assert.ok(rejected.text.includes(`value="${email}"`))
    assert.ok(rejected.text.includes('role="alert">The login or the password is wrong.'))
    assert.ok(rejected.text.includes('name="next" value="/docs"'))
    assert.ok(!rejected.text.includes('not my secret'))
    assert.deepEqual(rejected.cookies, [])
    assert.equal(rejected.headers['www-authenticate'], 'Bearer realm="sigil"')
  })

  test('a failed sign-in form looks the same for an unknown login', async () => {
    const visitor = browser()
    const { email } = await signedUp(visitor)
    const known = await sendForm(visitor, '/sign-in', { login: email, password: 'wrong' })
    const login = email.replace('person', 'nobody')
    const unknown = await sendForm(visitor, '/sign-in', { login, password: 'wrong' })
    assert.equal(unknown.status, known.status)
    assert.equal(unknown.text.replaceAll(login, email), known.text)
  })

  test('an empty sign-in form is shown again', async () => {
    assertPage(await sendForm(browser(), '/sign-in'), 401)
    assertPage(await sendForm(browser(), '/sign-in', { unknown: 'field' }), 401)
  })
})

onSite('the destination of a sign-in', ({ browser }) => {
  test('sign-in and sign-up redirect to the requested page', async () => {
    const visitor = browser()
    const { email } = await signedUp(visitor)
    const page = await visitor.get('/sign-in?next=%2Faccount%2Fhistory%3Fcursor%3Da')
    assert.ok(page.text.includes('name="next" value="/account/history?cursor=a"'))
    assert.ok(page.text.includes('href="/sign-up?next=%2Faccount%2Fhistory%3Fcursor%3Da"'))
    const sent = { login: email, password: goodPassword, next: '/account/history?cursor=a' }
    assertLeads(await sendForm(visitor, '/sign-in', sent), '/account/history?cursor=a')
    const form = { email: newEmail(), password: goodPassword, repeat_password: goodPassword }
    assertLeads(await sendForm(browser(), '/sign-up', { ...form, next: '/here' }), '/here')
  })

  test('sign-in never redirects to another site', async () => {
    const visitor = browser()
    const { email } = await signedUp(visitor)
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/.//evil.example']) {
      const page = await browser().get(`/sign-in?${new URLSearchParams({ next })}`)
      assertPage(page, 200)
      // The language switch redirects back to this page, with its query.
      assert.doesNotMatch(page.text, /name="next"| (?:href|action)="[^"]*evil| formaction="[^"?]*evil/, next)
      assertLeads(
        await sendForm(browser(), '/sign-in', { login: email, password: goodPassword, next }),
        '/account',
      )
    }
    await signedInOnPage(visitor, email)
    assertLeads(await visitor.get('/sign-in?next=//evil.example'), '/account')
    assertLeads(await visitor.get('/sign-in?next=/a&next=/b'), '/account')
  })

  test('sign-in redirects a signed-in user at once, with a fresh access token', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const stale = visitor.jar.valueOf('access_token')
    visitor.jar.keep('access_token=stale; Path=/')
    assertLeads(await visitor.get('/sign-in?next=/protected'), '/protected')
    assert.notEqual(visitor.jar.valueOf('access_token'), stale)
    assert.ok(await isAccepted(browser(), visitor.jar.valueOf('access_token')))
    assertLeads(await visitor.get('/sign-up'), '/account')
  })

  test('an account page redirects to sign-in and back', async () => {
    const visitor = browser()
    const redirected = await visitor.get('/account/history?cursor=abc')
    assertLeads(redirected, '/sign-in?next=%2Faccount%2Fhistory%3Fcursor%3Dabc')
    assertLeads(await sendForm(visitor, '/account/password', { current: 'a' }), '/sign-in')
  })
})

onSite('page sessions', ({ browser }) => {
  test('every sign-in opens a new page session, so that a planted one does not work', async () => {
    const thief = browser()
    const victim = browser()
    await arrivedOnPage(thief)
    const planted = thief.jar.valueOf('session')
    victim.jar.keep(`session=${planted}; Path=/`)
    const { email } = await signedUp(browser())
    await signedInOnPage(victim, email)
    assert.notEqual(victim.jar.valueOf('session'), planted)
    const seen = await thief.get('/account')
    assert.ok(!seen.text.includes(email))
  })

  test('a new sign-in ends the previous page session of the browser', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    const before = { session: visitor.jar.valueOf('session'), token: visitor.jar.valueOf('access_token') }
    await signedInOnPage(visitor, email)
    const old = browser()
    old.jar.keep(`session=${before.session}; Path=/`)
    assertLeads(await old.get('/account'), '/sign-in?next=%2Faccount')
    assert.equal(await isAccepted(browser(), before.token), false)
    assertPage(await visitor.get('/account'), 200)
  })

  test('a failed sign-in does not end the page session', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    assertPage(await sendForm(visitor, '/sign-in', { login: email, password: 'wrong' }), 401)
    assertPage(await visitor.get('/account'), 200)
  })

  test('two session cookies count as none', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const cookie = `session=${visitor.jar.valueOf('session')}`
    assertPage(await visitor.get('/account', { headers: { cookie } }), 200)
    const twice = await visitor.get('/account', { headers: { cookie: `${cookie}; session=other` } })
    assertLeads(twice, '/sign-in?next=%2Faccount')
  })
})
