import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt } from '#test/support/client.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { goodPassword } from '#test/support/people.ts'
import { onSite } from '#test/support/site.ts'

onSite('hints at sign-in', ({ browser, url }) => {
  test('the sign-in page marks the last method of this browser', async () => {
    const visitor = browser()
    assert.ok(!(await visitor.get('/sign-in')).text.includes('Last used'))
    await arrivedOnPage(visitor)
    await sendForm(visitor, '/sign-out')
    assert.match((await visitor.get('/sign-in')).text, /Sign in<\/button><span class="last-used">/)
    visitor.jar.keep('sigil_last_method=email_code; Path=/')
    assert.match((await visitor.get('/sign-in')).text, /code by email<\/a><span class="last-used">/)
    visitor.jar.keep('sigil_last_method="><script>; Path=/')
    assert.ok(!(await visitor.get('/sign-in')).text.includes('Last used'))
  })

  test('a failed sign-in is not stored as the last method', async () => {
    const visitor = browser()
    await sendForm(visitor, '/sign-in', { login: 'nobody@example.org', password: 'wrong' })
    assert.ok(!visitor.jar.names.includes('sigil_last_method'))
  })

  test('a session that was ended elsewhere is explained, a first visit is not', async () => {
    const [here, there] = [browser(), browser()]
    const email = await arrivedOnPage(here)
    await signedInOnPage(there, email)
    await sendForm(here, '/account/sessions/end-others')
    assertLeads(await there.get('/account/devices'), '/sign-in?next=%2Faccount%2Fdevices')
    assert.ok((await there.get('/sign-in')).text.includes('You were signed out. Sign in to continue.'))
    assert.ok(!there.jar.names.includes('session'))
    const stranger = browserAt(url())
    assertLeads(await stranger.get('/account'), '/sign-in?next=%2Faccount')
    assert.ok(!(await stranger.get('/sign-in')).text.includes('You were signed out'))
  })

  test('the title of a form with errors begins with "Error"', async () => {
    const reply = await sendForm(browser(), '/sign-in', { login: 'x', password: 'y' })
    assert.match(reply.text, /<title>Error: Sign in · Sigil<\/title>/)
    const russian = await sendForm(browser(), '/sign-in', {}, { 'accept-language': 'ru' })
    assert.match(russian.text, /<title>Ошибка: Вход · Sigil<\/title>/)
  })
})

onSite('pages about the account', ({ browser }) => {
  test('signing out everywhere has a separate page, with the safe choice first', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const page = await visitor.get('/sign-out-everywhere')
    assertPage(page, 200)
    assert.ok(page.text.indexOf('Stay signed in') < page.text.indexOf('class="danger"'))
    assertPage(await visitor.get('/account'), 200)
    assertLeads(await browser().get('/sign-out-everywhere'), '/sign-in?next=%2Fsign-out-everywhere')
  })

  test('the data page downloads all stored data', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    assert.ok((await visitor.get('/account/data')).text.includes('action="/account/data/export"'))
    const file = await sendForm(visitor, '/account/data/export')
    assert.equal(file.status, 200)
    assert.match(String(file.headers['content-disposition']), /attachment; filename="sigil-export\.json"/)
    assert.equal(JSON.parse(file.text).user.email, email)
  })

  test('the overview shows security recommendations, and when the password was changed', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const { text } = await visitor.get('/account')
    assert.ok(text.includes('2 things to improve'))
    assert.ok(text.includes('Only a password protects your account.'))
    assert.ok(text.includes('action="/verify-email/send"'))
    assert.ok(text.includes('Changed just now'))
    const steps = await visitor.get('/account/not-me')
    assertPage(steps, 200)
    assert.ok(steps.text.includes('href="/account/password">Change password'))
    await sendForm(visitor, '/account/password', { current: goodPassword, new: 'another quiet evening' })
    assert.ok((await visitor.get('/account/security')).text.includes('Changed just now.'))
  })
})
