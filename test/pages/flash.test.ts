import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrivedOnPage, assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { onSite } from '#test/support/site.ts'

const isShown = (text: string) => text.includes('role="status"')

onSite('flash messages', ({ browser }) => {
  test('a flash message is shown once, in the language of the reader', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    assertLeads(await sendForm(visitor, '/account/sessions/end-others'), '/account/devices')
    const first = await visitor.get('/account/devices', { headers: { 'accept-language': 'ru' } })
    assertPage(first, 200)
    assert.ok(first.text.includes('role="status">Все остальные сеансы завершены.'))
    const again = await visitor.get('/account/devices')
    assertPage(again, 200)
    assert.ok(!isShown(again.text))
  })

  test('the flash cookie is short-lived and hidden from scripts and other sites', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    await sendForm(visitor, '/sign-out')
    const attributes = visitor.jar.attributesOf('sigil_flash')
    for (const attribute of ['HttpOnly', 'SameSite=Lax', 'Max-Age=60', 'Path=/']) {
      assert.ok(attributes.includes(attribute), attribute)
    }
    assert.ok(isShown((await visitor.get('/sign-in')).text))
    assert.equal(visitor.jar.valueOf('sigil_flash'), '')
  })

  test('a link cannot show a flash message', async () => {
    const visitor = browser()
    for (const query of ['said=deleted', 'flash=deleted', 'said=Call+555-1234']) {
      assert.ok(!isShown((await visitor.get(`/sign-in?${query}`)).text), query)
    }
    await arrivedOnPage(visitor)
    for (const page of ['/account', '/account/profile']) {
      assert.ok(!isShown((await visitor.get(`${page}?said=deleted&flash=deleted`)).text), page)
    }
  })

  test('an unknown flash message is not shown, and its cookie is cleared', async () => {
    for (const value of ['Call-us-on-555', 'toString', '__proto__', '<b>']) {
      const reply = await browser().get('/sign-in', { headers: { cookie: `sigil_flash=${value}` } })
      assertPage(reply, 200)
      assert.ok(!isShown(reply.text), value)
      assert.ok(reply.cookies.some((cookie) => cookie.startsWith('sigil_flash=; ')))
    }
  })

  test('a form that fails shows its error and no flash message', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const reply = await sendForm(visitor, '/account/profile', { username: 'a@b', full_name: '' })
    assertPage(reply, 400)
    assert.ok(!isShown(reply.text))
    assert.equal(visitor.jar.valueOf('sigil_flash'), '')
  })
})
