import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrivedOnPage, assertLeads, assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { goodPassword, isAccepted, personWithRoles } from '#test/support/people.ts'
import { onSite, type Site } from '#test/support/site.ts'

const other = 'another quiet evening'

const tried = ({ browser }: Site, login: string, password: string) =>
  sendForm(browser(), '/sign-in', { login, password })

onSite('the password form', (site) => {
  const { browser } = site

  test('changing the password on a page keeps this session and ends the others', async () => {
    const [here, there] = [browser(), browser()]
    const email = await arrivedOnPage(here)
    await signedInOnPage(there, email)
    const before = here.jar.valueOf('access_token')
    const sent = { current: goodPassword, new: other, repeat_password: other }
    assertLeads(await sendForm(here, '/account/password', sent), '/account')
    assert.equal(await isAccepted(browser(), before), false)
    assert.equal(await isAccepted(browser(), here.jar.valueOf('access_token')), true)
    const page = await here.get('/account')
    assertPage(page, 200)
    assert.ok(page.text.includes('role="status">Your password was changed'))
    assertLeads(await there.get('/account'), '/sign-in?next=%2Faccount')
    assertPage(await tried(site, email, goodPassword), 401)
    assertLeads(await tried(site, email, other), '/account')
  })

  test('password managers find the form at the well-known URL', async () => {
    assertLeads(await browser().get('/.well-known/change-password'), '/account/password')
  })

  test('a password form with errors changes nothing and shows each error next to its field', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    const change = (more: Record<string, string>) =>
      sendForm(visitor, '/account/password', {
        current: goodPassword,
        new: other,
        repeat_password: other,
        ...more,
      })
    const wrong = await change({ current: 'not it' })
    assertPage(wrong, 403)
    assert.match(wrong.text, /id="current-problem">The current password is wrong/)
    const short = await change({ new: 'short', repeat_password: 'short' })
    assertPage(short, 400)
    assert.match(short.text, /id="new-problem">Too short/)
    const differs = await change({ repeat_password: 'different' })
    assertPage(differs, 400)
    assert.match(differs.text, /id="repeat_password-problem">The passwords do not match/)
    const empty = await sendForm(visitor, '/account/password')
    assertPage(empty, 400)
    assert.match(empty.text, /id="current-problem">Fill in this field/)
    for (const { text } of [wrong, short, differs]) {
      for (const secret of [goodPassword, other, 'not it']) assert.ok(!text.includes(secret))
    }
    assertLeads(await tried(site, email, goodPassword), '/account')
  })
})

onSite('the profile form', ({ browser }) => {
  test('changing the username on a page renews the token that carried the old one', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor, { username: 'before', full_name: 'Before' })
    const old = visitor.jar.valueOf('access_token')
    const sent = { username: 'after', full_name: 'Élan Après' }
    assertLeads(await sendForm(visitor, '/account/profile', sent), '/account/profile')
    assert.equal(await isAccepted(browser(), old), false)
    const fresh = visitor.jar.valueOf('access_token')
    const verified = await browser().get('/api/v1/auth/verify', { bearer: fresh })
    assert.equal(verified.headers['x-auth-username'], 'after')
    const page = await visitor.get('/account/profile')
    for (const shown of ['value="after"', 'value="Élan Après"', 'Your profile was saved.']) {
      assert.ok(page.text.includes(shown), shown)
    }
  })

  test('changing only the full name on a page revokes no token', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor, { username: 'steady' })
    const old = visitor.jar.valueOf('access_token')
    await sendForm(visitor, '/account/profile', { username: 'steady', full_name: 'New Name' })
    assert.equal(await isAccepted(browser(), old), true)
  })

  test('empty fields of the profile form remove the names', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor, { username: 'leaving', full_name: 'Leaving' })
    await sendForm(visitor, '/account/profile', { username: '', full_name: '' })
    const page = await visitor.get('/account/profile')
    assert.equal(page.text.match(/<input [^>]*name="(?:username|full_name)"[^>]* value=""/g)?.length, 2)
    assert.ok(!page.text.toLowerCase().includes('leaving'))
  })

  test('a profile form with an error changes nothing and keeps the input', async () => {
    const visitor = browser()
    await arrivedOnPage(browser(), { username: 'occupied' })
    await arrivedOnPage(visitor, { username: 'mine', full_name: 'Mine' })
    const taken = await sendForm(visitor, '/account/profile', { username: 'Occupied', full_name: 'Wished' })
    assertPage(taken, 409)
    assert.match(taken.text, /id="username-problem">This username is taken/)
    assert.ok(taken.text.includes('value="Wished"'))
    const bad = await sendForm(visitor, '/account/profile', { username: 'a@b', full_name: '' })
    assertPage(bad, 400)
    assert.match(bad.text, /id="username-problem">Not a valid username/)
    const long = await sendForm(visitor, '/account/profile', { username: 'mine', full_name: 'n'.repeat(201) })
    assertPage(long, 400)
    const page = await visitor.get('/account/profile')
    assert.ok(page.text.includes('value="mine"') && page.text.includes('value="Mine"'))
  })
})

onSite('the delete form', (site) => {
  const { browser, world } = site

  test('deleting the account with the password clears all session cookies', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    const token = visitor.jar.valueOf('access_token')
    assertLeads(await sendForm(visitor, '/account/delete', { password: goodPassword }), '/sign-in')
    assert.deepEqual(visitor.jar.names, ['known_browser', 'sigil_flash', 'sigil_last_method'])
    assert.equal(await isAccepted(browser(), token), false)
    assertPage(await tried(site, email, goodPassword), 401)
    await arrivedOnPage(browser(), { email })
  })

  test('the account is not deleted without the password, even right after the sign-in', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    for (const fields of [{}, { password: '' }, { password: 'wrong' }]) {
      const rejected = await sendForm(visitor, '/account/delete', fields)
      assertPage(rejected, 403)
      assert.match(rejected.text, /id="password-problem">The current password is wrong/)
    }
    assertPage(await visitor.get('/account'), 200)
  })

  test('the last administrator cannot delete the account on a page', async () => {
    const { email } = await personWithRoles(world(), ['admin'])
    const visitor = browser()
    await signedInOnPage(visitor, email)
    const rejected = await sendForm(visitor, '/account/delete', { password: goodPassword })
    assertPage(rejected, 409)
    assert.ok(rejected.text.includes('role="alert">This is the last administrator.'))
    assertPage(await visitor.get('/account'), 200)
  })
})

onSite(
  'password guesses on a page',
  ({ browser }) => {
    test('too many wrong passwords show the form again with the time to wait', async () => {
      const visitor = browser()
      await arrivedOnPage(visitor)
      const guess = () =>
        sendForm(visitor, '/account/password', { current: 'a guess', new: other, repeat_password: other })
      let reply = await guess()
      for (let count = 0; count < 20 && reply.status === 403; count++) reply = await guess()
      assertPage(reply, 429)
      assert.ok(Number(reply.headers['retry-after']) > 0)
      assert.match(reply.text, /role="alert">Too many attempts\..* Try again in \d+ seconds?\./)
      assert.ok(reply.text.includes('id="current"'))
    })
  },
  { SIGIL_RATE_LIMITS: 'on' },
)
