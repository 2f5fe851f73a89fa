import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newAdministrator } from '#test/administration/administrator.ts'
import { clientAt } from '#test/support/client.ts'
import { sendForm } from '#test/support/forms.ts'
import { goodPassword, newEmail, signedIn, signUp } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { onSite } from '#test/support/site.ts'

const wish = () => ({ email: newEmail(), password: goodPassword })

onSite(
  'where sign-up is closed',
  ({ browser, url, world }) => {
    test('nobody makes a user for themselves, by a call or on the page', async () => {
      const visitor = browser()
      assertRefused(await signUp(clientAt(url()), wish()), 'sign_up_closed')
      const typed = { ...wish(), repeat_password: goodPassword }
      const forms = [await sendForm(visitor, '/sign-up', typed), await sendForm(visitor, '/sign-up', {})]
      for (const reply of [await visitor.get('/sign-up'), ...forms]) {
        assert.equal(reply.status, 403)
        assert.match(reply.text, /Nobody can sign up here/)
      }
    })

    test('the sign-in page does not lead there', async () => {
      const page = await browser().get('/sign-in')
      assert.equal(page.status, 200)
      assert.ok(!page.text.includes('/sign-up'))
    })

    test('an administrator makes users, who sign in', async () => {
      const admin = await newAdministrator({ url: url(), world: world() })
      const person = wish()
      assert.equal((await admin.call('POST', '/users', person)).status, 201)
      assert.equal((await signedIn(clientAt(url()), person)).user.email, person.email)
    })
  },
  { SIGIL_SIGN_UP: 'closed' },
)
