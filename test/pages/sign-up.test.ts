import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply } from '#test/support/client.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { goodPassword, newEmail } from '#test/support/people.ts'
import { onSite } from '#test/support/site.ts'

const formWith = (more: Record<string, string> = {}) => ({
  email: newEmail(),
  password: goodPassword,
  repeat_password: goodPassword,
  ...more,
})

function assertProblem(reply: Reply, field: string, sentence: string): void {
  const shown = new RegExp(`<p class="problem" id="${field}-problem">${sentence}`)
  assert.match(reply.text, shown)
  const input = new RegExp(`<input id="${field}"[^>]* aria-invalid="true" aria-describedby="${field}-problem`)
  assert.match(reply.text, input)
}

onSite('the sign-up form', ({ browser }) => {
  test('the sign-up form has the attributes that password managers need', async () => {
    const page = await browser().get('/sign-up')
    assertPage(page, 200)
    assert.equal(page.text.match(/autocomplete="new-password"/g)?.length, 2)
    assert.match(page.text, /<input id="email" name="email" type="email" autocomplete="username"/)
    const labels = [...page.text.matchAll(/<label for="(\w+)">/g)].map(([, name]) => name)
    assert.deepEqual(labels, ['email', 'password', 'repeat_password'])
    // A script can show the password instead.
    assert.match(page.text, /<noscript><div class="field">\s*<label for="repeat_password">/)
  })

  test('the sign-up form creates an account and signs in', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    assert.ok((await visitor.get('/account')).text.includes(email))
  })

  test('a sign-up with scripts sends the password once', async () => {
    assertLeads(
      await sendForm(browser(), '/sign-up', { email: newEmail(), password: goodPassword }),
      '/account',
    )
  })

  test('a failed sign-up form shows all errors and keeps all input except the passwords', async () => {
    const typed = {
      email: 'no email',
      password: 'seven77',
      repeat_password: 'other',
    }
    const reply = await sendForm(browser(), '/sign-up', typed)
    assertPage(reply, 400)
    assertProblem(reply, 'email', 'Not a valid email address')
    assertProblem(reply, 'password', 'Too short')
    assertProblem(reply, 'repeat_password', 'The passwords do not match')
    assert.ok(reply.text.includes('value="no email"'))
    assert.match(reply.text, /<title>Error: Create your account · Sigil<\/title>/)
    assert.ok(!reply.text.includes('seven77'))
    assert.equal(reply.text.match(/ autofocus/g)?.length, 1)
    assert.deepEqual(reply.cookies, [])
  })

  test('a sign-up form with empty fields marks them', async () => {
    const reply = await sendForm(browser(), '/sign-up')
    assertPage(reply, 400)
    assertProblem(reply, 'email', 'Fill in this field')
    assertProblem(reply, 'password', 'Fill in this field')
  })
})

onSite('failed sign-ups', ({ browser }) => {
  test('a sign-up form rejects a guessable password', async () => {
    const common = await sendForm(
      browser(),
      '/sign-up',
      formWith({ password: 'password123', repeat_password: 'password123' }),
    )
    assertPage(common, 400)
    assertProblem(common, 'password', 'This password is too common')
    const own = 'margaret.h@example.org'
    const named = await sendForm(
      browser(),
      '/sign-up',
      formWith({ email: own, password: own, repeat_password: own }),
    )
    assertProblem(named, 'password', 'The password must not be your name')
    const long = 'ab1-'.repeat(300)
    const tooLong = await sendForm(browser(), '/sign-up', formWith({ password: long, repeat_password: long }))
    assertProblem(tooLong, 'password', 'Too long')
  })

  test('a sign-up form shows next to the field that an email is taken', async () => {
    const taken = await arrivedOnPage(browser())
    const reply = await sendForm(browser(), '/sign-up', formWith({ email: taken }))
    assertPage(reply, 409)
    assertProblem(reply, 'email', 'This email is already registered')
  })

  test('the sign-up form is in Russian for Russian readers', async () => {
    const reply = await sendForm(browser(), '/sign-up', {}, { 'accept-language': 'ru-RU,ru;q=0.9' })
    assert.match(reply.text, /<html lang="ru">/)
    assertProblem(reply, 'email', 'Заполните это поле')
    assert.equal(reply.headers['content-language'], 'ru')
  })
})
