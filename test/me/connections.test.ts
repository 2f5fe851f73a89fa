import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { isSignedIn, newPerson, providersOf, visit } from '#test/sign-in/upstream-visits.ts'
import type { Client } from '#test/support/client.ts'
import { connectIdentity } from '#test/support/connect-identity.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { startIdentityProvider } from '#test/support/identity-provider.ts'
import { goodPassword } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { onSite } from '#test/support/site.ts'

const provider = await startIdentityProvider()
const env = providersOf(provider)

type WireConnection = Readonly<Record<'id' | 'provider' | 'subject' | 'issuer' | 'label', string>> & {
  readonly last_used_at: string | null
}

async function connectionsOf(browser: Client): Promise<readonly WireConnection[]> {
  return JSON.parse((await browser.get('/api/v1/me/connections')).text).data
}

async function theConnectionOf(browser: Client): Promise<WireConnection> {
  const [connection, ...others] = await connectionsOf(browser)
  assert.ok(connection && others.length === 0)
  return connection
}

/** Connects a new identity to the signed-in account, from the account page. */
async function connected(browser: Client) {
  provider.person = newPerson({ email_verified: false })
  const started = await browser.get('/account/connections/company/link')
  const callback = await provider.authorize(started.headers.location ?? '')
  assertLeads(await browser.get(callback), '/account/connections/confirm')
  assertLeads(await sendForm(browser, '/account/connections/confirm'), '/account/connections')
  return provider.person
}

onSite(
  'the connections of an account',
  ({ browser, world }) => {
    test('an identity connected from the account page signs in, and is listed and exported', async () => {
      const owner = browser()
      const email = await arrivedOnPage(owner)
      assert.match((await owner.get('/account/security')).text, /href="\/account\/connections"/)
      const person = await connected(owner)
      const page = await owner.get('/account/connections')
      assertPage(page, 200)
      assert.match(page.text, /You can now sign in with it/)
      assert.ok(page.text.includes(String(person.email)))
      const connection = await theConnectionOf(owner)
      const { provider: name, subject, issuer, label, last_used_at } = connection
      assert.deepEqual(
        { name, subject, issuer, label, last_used_at },
        {
          name: 'company',
          subject: person.sub,
          issuer: provider.issuer,
          label: person.email,
          last_used_at: null,
        },
      )
      assert.deepEqual(JSON.parse((await owner.get('/api/v1/me/export')).text).connections, [connection])
      const visitor = browser()
      assertLeads(await visit(visitor, provider), '/account')
      assert.equal((await visitor.get('/api/v1/me')).body.email, email)
    })

    test('the audit log has the connections of a user', async () => {
      const owner = browser()
      await arrivedOnPage(owner)
      await connected(owner)
      const { id } = await theConnectionOf(owner)
      await owner.delete(`/api/v1/me/connections/${id}`)
      const userId = (await owner.get('/api/v1/me')).body.id
      const rows = await world().db.query(sql`select event, actor_id, details from audit_events
        where target_id = ${userId} and event like 'connection.%' order by event`)
      const details = { connection: id, provider: 'company', issuer: provider.issuer }
      assert.deepEqual(
        rows.map((row) => [row.event, row.actor_id, JSON.parse(String(row.details))]),
        [
          ['connection.added', userId, details],
          ['connection.removed', userId, details],
        ],
      )
    })
  },
  env,
)

onSite(
  'disconnecting an identity',
  ({ browser, world }) => {
    test('a disconnected identity no longer signs in, and other connections stay', async () => {
      const owner = browser()
      await arrivedOnPage(owner)
      await connected(owner)
      const first = await theConnectionOf(owner)
      const other = await connectIdentity(world(), (await owner.get('/api/v1/me')).body.id)
      assertLeads(await sendForm(owner, `/account/connections/${first.id}/remove`), '/account/connections')
      assert.deepEqual(
        (await connectionsOf(owner)).map(({ id }) => id),
        [other],
      )
      const visitor = browser()
      assertPage(await visit(visitor, provider), 403)
      assert.equal(await isSignedIn(visitor), false)
      assert.equal((await owner.delete(`/api/v1/me/connections/${other}`)).status, 204)
      assertRefused(await owner.delete(`/api/v1/me/connections/${other}`), 'not_found')
    })

    test('a connection of another user is not found', async () => {
      const [owner, other] = [browser(), browser()]
      await arrivedOnPage(owner)
      await arrivedOnPage(other)
      await connected(owner)
      const { id } = await theConnectionOf(owner)
      assertRefused(await other.delete(`/api/v1/me/connections/${id}`), 'not_found')
      assert.equal((await connectionsOf(owner)).length, 1)
    })
  },
  env,
)

onSite(
  'limits on the connections of an account',
  ({ browser, world }) => {
    test('the last way to sign in is kept, even if several are removed at once', async () => {
      provider.person = newPerson()
      const owner = browser()
      await visit(owner, provider)
      const userId = (await owner.get('/api/v1/me')).body.id
      await connectIdentity(world(), userId)
      const ids = (await connectionsOf(owner)).map(({ id }) => id)
      const replies = await Promise.all(ids.map((id) => owner.delete(`/api/v1/me/connections/${id}`)))
      assert.deepEqual(replies.map(({ status }) => status).sort(), [204, 409])
      const left = await theConnectionOf(owner)
      assertRefused(await owner.delete(`/api/v1/me/connections/${left.id}`), 'last_sign_in_method')
      assertPage(await sendForm(owner, `/account/connections/${left.id}/remove`), 409)
    })

    test('connecting and disconnecting need a recent proof', async () => {
      const owner = browser()
      await arrivedOnPage(owner)
      await connected(owner)
      const { id } = await theConnectionOf(owner)
      const userId = (await owner.get('/api/v1/me')).body.id
      await world().db.query(sql`update sessions set authenticated_at = 1 where user_id = ${userId}`)
      assertRefused(await owner.delete(`/api/v1/me/connections/${id}`), 'step_up_required')
      const started = await owner.get('/account/connections/company/link')
      assert.ok(!String(started.headers.location).startsWith(provider.issuer))
      assert.equal((await connectionsOf(owner)).length, 1)
      const proof = { method: 'password', password: goodPassword, transport: 'cookie' }
      assert.equal((await owner.post('/api/v1/me/step_up', proof)).status, 200)
      assert.equal((await owner.delete(`/api/v1/me/connections/${id}`)).status, 204)
    })

    test('confirming a connection needs a recent proof', async () => {
      const owner = browser()
      await arrivedOnPage(owner)
      provider.person = newPerson()
      const started = await owner.get('/account/connections/company/link')
      await owner.get(await provider.authorize(started.headers.location ?? ''))
      const userId = (await owner.get('/api/v1/me')).body.id
      await world().db.query(sql`update sessions set authenticated_at = 1 where user_id = ${userId}`)
      const reply = await sendForm(owner, '/account/connections/confirm')
      assert.notEqual(reply.headers.location, '/account/connections')
      assert.deepEqual(await connectionsOf(owner), [])
    })
  },
  env,
)

onSite(
  'the number of connections',
  ({ browser, world }) => {
    test('an account has at most twenty connections', async () => {
      const owner = browser()
      await arrivedOnPage(owner)
      const userId = (await owner.get('/api/v1/me')).body.id
      for (let count = 0; count < 20; count++) await connectIdentity(world(), userId)
      provider.person = newPerson()
      const started = await owner.get('/account/connections/company/link')
      await owner.get(await provider.authorize(started.headers.location ?? ''))
      assertPage(await sendForm(owner, '/account/connections/confirm'), 409)
      assert.equal((await connectionsOf(owner)).length, 20)
    })

    test('an identity that is already connected needs no confirmation', async () => {
      const owner = browser()
      await arrivedOnPage(owner)
      await connected(owner)
      const started = await owner.get('/account/connections/company/link')
      const callback = await provider.authorize(started.headers.location ?? '')
      assertLeads(await owner.get(callback), '/account/connections')
      assert.match((await owner.get('/account/connections')).text, /was already connected/)
    })
  },
  env,
)
