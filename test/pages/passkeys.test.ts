import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { type Authenticator, flag, newAuthenticator } from '#test/support/authenticator.ts'
import type { Client } from '#test/support/client.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { optionsIn, signInOptionsFor } from '#test/support/passkeys.ts'
import { goodPassword } from '#test/support/people.ts'
import { onSite, type Site } from '#test/support/site.ts'

const path = '/account/passkeys'

async function ownerOn({ browser, url }: Site) {
  const visitor = browser()
  const email = await arrivedOnPage(visitor)
  const authenticator = newAuthenticator(url())
  const options = optionsIn(await sendForm(visitor, `${path}/options`))
  const response = JSON.stringify(authenticator.create(options))
  assertLeads(await sendForm(visitor, path, { response }), path)
  return { visitor, email, authenticator }
}

async function idOn(visitor: Client): Promise<string> {
  const { text } = await visitor.get(path)
  return /passkeys\/([\w-]{22})\/rename/.exec(text)?.[1] ?? assert.fail(text)
}

async function signInOnPage(visitor: Client, authenticator: Authenticator, twist = {}) {
  const response = JSON.stringify(authenticator.get(await signInOptionsFor(visitor), twist))
  return sendForm(visitor, '/sign-in/passkey', { response, next: '/account/history' })
}

onSite('sign-in pages with passkeys', (site) => {
  const { browser, url } = site
  const withPasskey = () => ownerOn(site)

  test('a passkey signs in on the page and continues to the destination', async () => {
    const { authenticator } = await withPasskey()
    const visitor = browser()
    assertLeads(await signInOnPage(visitor, authenticator), '/account/history')
    assertPage(await visitor.get('/account'), 200)
    assert.ok(visitor.jar.names.includes('session'))
  })

  test('a wrong passkey shows the form again, and is in the history', async () => {
    const { visitor, authenticator } = await withPasskey()
    const reply = await signInOnPage(browser(), authenticator, { key: newAuthenticator('').key })
    assertPage(reply, 401)
    assert.match(reply.text, /The passkey was not accepted/)
    assert.match((await visitor.get('/account/history')).text, /Passkey not accepted/)
    for (const response of ['', 'null', '{}', 'x'.repeat(3000)])
      assertPage(await sendForm(browser(), '/sign-in/passkey', { response }), 401)
  })

  test('an unknown passkey is rejected with the same page as a wrong one', async () => {
    const { authenticator } = await withPasskey()
    const wrong = await signInOnPage(browser(), authenticator, { key: newAuthenticator('').key })
    const unknown = await signInOnPage(browser(), newAuthenticator(url()))
    assertPage(unknown, 401)
    assert.equal(unknown.text, wrong.text)
  })

  test('a passkey is renamed, and removed after a confirmation page', async () => {
    const { visitor } = await withPasskey()
    const id = await idOn(visitor)
    const name = `"><script>alert(1)</script>`
    assertLeads(await sendForm(visitor, `${path}/${id}/rename`, { name }), path)
    const list = await visitor.get(path)
    assert.ok(list.text.includes('&quot;&gt;&lt;script&gt;alert(1)'))
    const asked = await visitor.get(`${path}/${id}/remove`)
    assertPage(asked, 200)
    assert.match(asked.text, /Remove this passkey\?/)
    assertLeads(await sendForm(visitor, `${path}/${id}/remove`), path)
    const after = await visitor.get(path)
    assert.match(after.text, /You have no passkeys yet/)
    // The page signals the browser that none is left.
    assert.match(after.text, /data-credentials=""/)
  })
})

onSite('pages that manage passkeys', (site) => {
  const { browser, world } = site
  const withPasskey = () => ownerOn(site)

  test('the last way to sign in cannot be removed, and the page explains why', async () => {
    const { visitor, email } = await withPasskey()
    await world().db.query(sql`update users set password_hash = null where email = ${email}`)
    const reply = await sendForm(visitor, `${path}/${await idOn(visitor)}/remove`)
    assertPage(reply, 409)
    assert.match(reply.text, /This is the only way to sign in/)
  })

  test('an old session needs a recent proof by password or passkey to change passkeys', async () => {
    const { visitor, email, authenticator } = await withPasskey()
    const id = await idOn(visitor)
    const age = () =>
      world().db.query(sql`update sessions set authenticated_at = 1 where user_id in
        (select id from users where email = ${email})`)
    await age()
    const list = await visitor.get(path)
    assert.doesNotMatch(list.text, /data-passkey="add"|\/rename/)
    assert.match(list.text, /href="\/account\/confirm\?next=\/account\/passkeys"/)
    const lead = `/account/confirm?${new URLSearchParams({ next: path })}`
    assertLeads(await sendForm(visitor, `${path}/${id}/remove`), lead)
    assertLeads(await sendForm(visitor, `${path}/${id}/rename`, { name: 'x' }), lead)
    assert.deepEqual(JSON.parse((await sendForm(visitor, `${path}/options`)).text), { confirm: lead })
    assertPage(await visitor.get(lead), 200)
    const wrong = await sendForm(visitor, '/account/confirm', { password: 'wrong', next: path })
    assertPage(wrong, 403)
    assertLeads(await sendForm(visitor, '/account/confirm', { password: goodPassword, next: path }), path)
    assert.match((await visitor.get(path)).text, /data-passkey="add"/)

    await age()
    const options = optionsIn(await sendForm(visitor, '/account/confirm/options'))
    const response = JSON.stringify(authenticator.get(options))
    assertLeads(
      await sendForm(visitor, '/account/confirm', { response, next: '//evil.example' }),
      '/account/security',
    )
    assert.match((await visitor.get(path)).text, /data-passkey="add"/)
  })

  test('the offer to add a passkey is hidden for 30 days once it is declined', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    assert.match((await visitor.get('/account')).text, /hidden data-offer/)
    assertLeads(await sendForm(visitor, `${path}/not-now`), '/account')
    assert.ok(visitor.jar.attributesOf('sigil_no_passkey').includes(`Max-Age=${30 * 24 * 60 * 60}`))
    assert.doesNotMatch((await visitor.get('/account')).text, /data-offer/)
    const other = browser()
    await signedInOnPage(other, email)
    assert.match((await other.get('/account')).text, /data-offer/)
    const { visitor: owner } = await withPasskey()
    assert.doesNotMatch((await owner.get('/account')).text, /data-offer/)
  })
})

onSite('the offer of a passkey after a sign-in', ({ browser, url }) => {
  const offer = '/account/passkeys/offer?next=%2Faccount%2Fhistory'

  /** Like the script of the page, if the device can store a passkey. */
  async function signInAble(visitor: Client, login: string) {
    const fields = { login, password: goodPassword, can_passkey: 'yes', next: '/account/history' }
    return (await sendForm(visitor, '/sign-in', fields)).headers.location
  }

  test('a sign-in with a password continues to the passkey offer, and then to the destination', async () => {
    const email = await arrivedOnPage(browser())
    const visitor = browser()
    assert.equal(await signInAble(visitor, email), offer)
    assert.match((await visitor.get(offer)).text, /name="next" value="\/account\/history"/)
    const next = '/account/history'
    assertLeads(await sendForm(visitor, `${path}/not-now`, { next }), next)
    assertLeads(await sendForm(visitor, `${path}/not-now`, { next: '//evil.example' }), '/account')
    assert.equal(await signInAble(visitor, email), next)
    const authenticator = newAuthenticator(url())
    const created = authenticator.create(optionsIn(await sendForm(visitor, `${path}/options`)))
    const added = { response: JSON.stringify(created), next }
    assertLeads(await sendForm(visitor, path, added), next)
    assert.equal(await signInAble(browser(), email), next)
  })

  test('a browser that cannot store a passkey, or runs no scripts, gets no offer', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    await signedInOnPage(browser(), email)
  })

  test('a password manager adds a passkey without a prompt, which then has to verify its user', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const unasked = `${path}/options?unasked=1`
    const authenticator = newAuthenticator(url())
    const options = optionsIn(await sendForm(visitor, unasked))
    assert.equal(Object(options).authenticatorSelection.userVerification, 'preferred')
    const response = JSON.stringify(authenticator.create(options, { flags: flag.backupEligible }))
    assertLeads(await sendForm(visitor, path, { response, next: '/account' }), '/account')
    assertPage(await signInOnPage(browser(), authenticator, { flags: flag.present }), 401)
    const usual = flag.present | flag.verified | flag.backupEligible
    assertLeads(await signInOnPage(browser(), authenticator, { flags: usual }), '/account/history')
    const prompted = optionsIn(await sendForm(visitor, `${path}/options`))
    const unseen = newAuthenticator(url()).create(prompted, { flags: 0 })
    assertPage(await sendForm(visitor, path, { response: JSON.stringify(unseen) }), 401)
  })
})

onSite('the passkey form', (site) => {
  const { browser } = site

  test('every part of a passkey form is hidden until the script shows it', async () => {
    const { text } = await browser().get('/sign-in')
    assert.match(text, /<form class="passkey" method="post" action="\/sign-in\/passkey" hidden/)
    assert.match(text, /autocomplete="username webauthn"/)
  })
})
