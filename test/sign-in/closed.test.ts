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
  'closed sign-up',
  ({ browser, url, world }) => {
    test('with sign-up closed, neither the API nor the page creates an account', async () => {
      const visitor = browser()
      assertRefused(await signUp(clientAt(url()), wish()), 'sign_up_closed')
      const typed = { ...wish(), repeat_password: goodPassword }
      const forms = [await sendForm(visitor, '/sign-up', typed), await sendForm(visitor, '/sign-up', {})]
      for (const reply of [await visitor.get('/sign-up'), ...forms]) {
        assert.equal(reply.status, 403)
        assert.match(reply.text, /Sign-up is closed/)
      }
    })

    test('with sign-up closed, the sign-in page does not link to sign-up', async () => {
      const page = await browser().get('/sign-in')
      assert.equal(page.status, 200)
      assert.ok(!page.text.includes('/sign-up'))
    })

    test('with sign-up closed, an administrator creates users who can sign in', async () => {
      const admin = await newAdministrator({ url: url(), world: world() })
      const person = wish()
      assert.equal((await admin.call('POST', '/users', person)).status, 201)
      assert.equal((await signedIn(clientAt(url()), person)).user.email, person.email)
    })
  },
  { SIGIL_SIGN_UP: 'closed' },
)
