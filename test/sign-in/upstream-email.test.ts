import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { setEmailVerified } from '#src/users/users.sql.ts'
import { isSignedIn, newPerson, providersOf, visit } from '#test/sign-in/upstream-visits.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { startIdentityProvider } from '#test/support/identity-provider.ts'
import { goodPassword, isAccepted, signIn } from '#test/support/people.ts'
import { onSite, type Site } from '#test/support/site.ts'
import { clockAhead, enrolled } from '#test/support/totp.ts'

const provider = await startIdentityProvider()
const env = providersOf(provider)

async function whoIs(browser: ReturnType<Site['browser']>) {
  return (await browser.get('/api/v1/me')).body
}

onSite(
  'the owner of the email of an identity',
  ({ browser, world }) => {
    test('an unverified email at a provider creates no account and opens no session', async () => {
      for (const email_verified of [false, undefined, 'yes', 1]) {
        provider.person = newPerson({ email_verified })
        const visitor = browser()
        const reply = await visit(visitor, provider)
        assertPage(reply, 403)
        assert.match(reply.text, /does not confirm your email/)
        assert.equal(await isSignedIn(visitor), false)
      }
      provider.person = newPerson({ email: undefined })
      assertPage(await visit(browser(), provider), 403)
    })

    test('a new identity with the email of an account waits until its owner signs in', async () => {
      const owner = browser()
      const email = await arrivedOnPage(owner)
      const { id } = await whoIs(owner)
      await setEmailVerified(world().db.query, id, 1)
      provider.person = newPerson({ email })
      const visitor = browser()
      assertLeads(await visit(visitor, provider), '/sign-in?next=%2Faccount%2Fconnections%2Fconfirm')
      assert.match((await visitor.get('/sign-in')).text, /You already have an account with this email/)
      assert.equal(await isSignedIn(visitor), false)
      assertLeads(await visit(browser(), provider), '/sign-in?next=%2Faccount%2Fconnections%2Fconfirm')

      await signedInOnPage(visitor, email)
      const asked = await visitor.get('/account/connections/confirm')
      assertPage(asked, 200)
      assert.ok(asked.text.includes('Connect Company?') && asked.text.includes(email))
      assertLeads(await sendForm(visitor, '/account/connections/confirm'), '/account/connections')
      const again = browser()
      assertLeads(await visit(again, provider), '/account')
      assert.equal((await whoIs(again)).id, id)
      assert.equal((await signIn(browser(), { login: email, password: goodPassword })).status, 200)
    })

    test('a pending connection belongs to its user and its browser, and works once', async () => {
      const owner = browser()
      const email = await arrivedOnPage(owner)
      await setEmailVerified(world().db.query, (await whoIs(owner)).id, 1)
      provider.person = newPerson({ email })
      const visitor = browser()
      await visit(visitor, provider)
      await arrivedOnPage(visitor)
      assertPage(await visitor.get('/account/connections/confirm'), 400)
      assertPage(await sendForm(visitor, '/account/connections/confirm'), 400)
      assertPage(await sendForm(owner, '/account/connections/confirm'), 400)
      owner.jar.keep(`sigil_link=${visitor.jar.valueOf('sigil_link')}; Path=/`)
      const sent = () => sendForm(owner, '/account/connections/confirm')
      const replies = await Promise.all(Array.from({ length: 20 }, sent))
      assert.equal(replies.filter(({ status }) => status === 303).length, 1)
    })
  },
  env,
)

onSite(
  'the real owner of an email',
  ({ browser, world }) => {
    test('the owner of an email takes over an account that signed up with it unverified', async () => {
      const squatter = browser()
      const email = await arrivedOnPage(squatter)
      const { id } = await whoIs(squatter)
      const token = squatter.jar.valueOf('access_token')
      const knownBrowser = squatter.jar.valueOf('known_browser')
      provider.person = newPerson({ email })
      const owner = browser()
      assertLeads(await visit(owner, provider), '/account')
      assert.deepEqual([(await whoIs(owner)).id, (await whoIs(owner)).email_verified], [id, true])
      assert.equal(await isAccepted(browser(), token), false)
      assert.equal(await isSignedIn(squatter), false)
      assert.equal((await signIn(browser(), { login: email, password: goodPassword })).status, 401)
      assert.notEqual(owner.jar.valueOf('known_browser'), knownBrowser)
      assert.equal(await isSignedIn(owner), true)
      const [event] = await world().db.query(sql`select actor_kind, details from audit_events
        where target_id = ${id} and event = 'user.evicted'`)
      assert.deepEqual({ ...event }, { actor_kind: 'nobody', details: '{}' })
    })

    test('an evicted user leaves no second factor behind', async () => {
      const squatter = browser()
      const { person } = await enrolled(squatter, clockAhead())
      provider.person = newPerson({ email: person.email })
      const owner = browser()
      assertLeads(await visit(owner, provider), '/account')
      const { data, recovery_codes_left } = JSON.parse((await owner.get('/api/v1/me/factors')).text)
      assert.deepEqual([data, recovery_codes_left], [[], 0])
    })

    test('an identity that was connected to an evicted account no longer signs in to it', async () => {
      const squatter = browser()
      const email = await arrivedOnPage(squatter)
      const planted = newPerson()
      provider.person = planted
      const started = await squatter.get('/account/connections/company/link')
      assertLeads(
        await squatter.get(await provider.authorize(started.headers.location ?? '')),
        '/account/connections/confirm',
      )
      assertLeads(await sendForm(squatter, '/account/connections/confirm'), '/account/connections')
      provider.person = newPerson({ email })
      const owner = browser()
      assertLeads(await visit(owner, provider), '/account')
      provider.person = planted
      const back = browser()
      assertLeads(await visit(back, provider), '/account')
      assert.notEqual((await whoIs(back)).id, (await whoIs(owner)).id)
    })
  },
  env,
)
