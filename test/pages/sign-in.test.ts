import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrivedOnPage, assertLeads, assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { goodPassword, isAccepted, newEmail, signedUp } from '#test/support/people.ts'
import { onSite } from '#test/support/site.ts'

onSite('signing in on a page', ({ browser }) => {
  test('leads a stranger from the start to the sign-in page', async () => {
    assertLeads(await browser().get('/'), '/sign-in')
    const page = await browser().get('/sign-in')
    assertPage(page, 200)
    assert.match(page.text, /<title>Sign in · Sigil<\/title>/)
    assert.match(page.text, /<input id="login" name="login" type="text" autocomplete="username"/)
    assert.match(page.text, /autocomplete="current-password"/)
    assert.deepEqual(page.cookies, [])
  })

  test('signs in with a page session and an access token, and leads to the account page', async () => {
    const visitor = browser()
    const { email } = await signedUp(visitor)
    await signedInOnPage(visitor, email)
    assert.deepEqual(visitor.jar.names, ['access_token', 'known_browser', 'session'])
    for (const name of ['access_token', 'session']) {
      const attributes = visitor.jar.attributesOf(name)
      for (const wanted of ['HttpOnly', 'SameSite=Lax', 'Path=/'])
        assert.ok(attributes.includes(wanted), name)
    }
    assert.ok(await isAccepted(visitor, visitor.jar.valueOf('access_token')))
    assertLeads(await visitor.get('/'), '/account')
    assertPage(await visitor.get('/account'), 200)
  })

  test('keeps the login and not the password when the credentials are wrong', async () => {
    const visitor = browser()
    const { email } = await signedUp(visitor)
    const refused = await sendForm(visitor, '/sign-in', {
      login: email,
      password: 'not my secret',
      next: '/docs',
    })
    assertPage(refused, 401)
    assert.ok(refused.text.includes(`value="${email}"`))
    assert.ok(refused.text.includes('role="alert">The login or the password is wrong.'))
    assert.ok(refused.text.includes('name="next" value="/docs"'))
    assert.ok(!refused.text.includes('not my secret'))
    assert.deepEqual(refused.cookies, [])
    assert.equal(refused.headers['www-authenticate'], 'Bearer realm="sigil"')
  })

  test('says the same of a login that nobody has', async () => {
    const visitor = browser()
    const { email } = await signedUp(visitor)
    const known = await sendForm(visitor, '/sign-in', { login: email, password: 'wrong' })
    const login = email.replace('person', 'nobody')
    const unknown = await sendForm(visitor, '/sign-in', { login, password: 'wrong' })
    assert.equal(unknown.status, known.status)
    assert.equal(unknown.text.replaceAll(login, email), known.text)
  })

  test('answers an empty form with the form', async () => {
    assertPage(await sendForm(browser(), '/sign-in'), 401)
    assertPage(await sendForm(browser(), '/sign-in', { unknown: 'field' }), 401)
  })
})

onSite('where a sign-in leads', ({ browser }) => {
  test('goes on to where the visitor wanted to go, through sign-up too', async () => {
    const visitor = browser()
    const { email } = await signedUp(visitor)
    const page = await visitor.get('/sign-in?next=%2Faccount%2Fhistory%3Fcursor%3Da')
    assert.ok(page.text.includes('name="next" value="/account/history?cursor=a"'))
    assert.ok(page.text.includes('href="/sign-up?next=%2Faccount%2Fhistory%3Fcursor%3Da"'))
    const sent = { login: email, password: goodPassword, next: '/account/history?cursor=a' }
    assertLeads(await sendForm(visitor, '/sign-in', sent), '/account/history?cursor=a')
    const wish = { email: newEmail(), password: goodPassword, repeat_password: goodPassword }
    assertLeads(await sendForm(browser(), '/sign-up', { ...wish, next: '/here' }), '/here')
  })

  test('never leads to another site', async () => {
    const visitor = browser()
    const { email } = await signedUp(visitor)
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/.//evil.example']) {
      const page = await browser().get(`/sign-in?${new URLSearchParams({ next })}`)
      assertPage(page, 200)
      assert.doesNotMatch(page.text, /name="next"|(?:href|action)="[^"]*evil/, next)
      assertLeads(
        await sendForm(browser(), '/sign-in', { login: email, password: goodPassword, next }),
        '/account',
      )
    }
    await signedInOnPage(visitor, email)
    assertLeads(await visitor.get('/sign-in?next=//evil.example'), '/account')
    assertLeads(await visitor.get('/sign-in?next=/a&next=/b'), '/account')
  })

  test('sends one who is signed in straight on, with an access token that is good', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const stale = visitor.jar.valueOf('access_token')
    visitor.jar.keep('access_token=stale; Path=/')
    assertLeads(await visitor.get('/sign-in?next=/protected'), '/protected')
    assert.notEqual(visitor.jar.valueOf('access_token'), stale)
    assert.ok(await isAccepted(browser(), visitor.jar.valueOf('access_token')))
    assertLeads(await visitor.get('/sign-up'), '/account')
  })

  test('asks one who is not signed in to sign in, and then comes back', async () => {
    const visitor = browser()
    const asked = await visitor.get('/account/history?cursor=abc')
    assertLeads(asked, '/sign-in?next=%2Faccount%2Fhistory%3Fcursor%3Dabc')
    assertLeads(await sendForm(visitor, '/account/password', { current: 'a' }), '/sign-in')
  })
})

onSite('a page session', ({ browser }) => {
  test('begins a new page session at every sign-in, so that a planted one opens nothing', async () => {
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

  test('ends the page session that the browser had before', async () => {
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

  test('does not end the session of a browser that failed to sign in again', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    assertPage(await sendForm(visitor, '/sign-in', { login: email, password: 'wrong' }), 401)
    assertPage(await visitor.get('/account'), 200)
  })

  test('takes two session cookies for none', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const cookie = `session=${visitor.jar.valueOf('session')}`
    assertPage(await visitor.get('/account', { headers: { cookie } }), 200)
    const twice = await visitor.get('/account', { headers: { cookie: `${cookie}; session=other` } })
    assertLeads(twice, '/sign-in?next=%2Faccount')
  })
})
