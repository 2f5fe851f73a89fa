import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { byCli } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import { isSignedIn, newPerson, providersOf, startedAt, visit } from '#test/sign-in/upstream-visits.ts'
import { clientAt } from '#test/support/client.ts'
import { assertLeads, assertPage } from '#test/support/forms.ts'
import { startIdentityProvider } from '#test/support/identity-provider.ts'
import { personWithRoles, signIn } from '#test/support/people.ts'
import { onSite, type Site } from '#test/support/site.ts'

const provider = await startIdentityProvider()
const env = providersOf(provider)

async function whoIs(browser: ReturnType<Site['browser']>) {
  return (await browser.get('/api/v1/me')).body
}

onSite(
  'signing in with an identity provider',
  ({ browser, url }) => {
    test('the providers are listed, and the sign-in page has a button for each', async () => {
      const { body } = await clientAt(url()).get('/api/v1/auth/providers')
      const names = ['company', 'other', 'plain']
      assert.deepEqual(
        body.data.map(({ name }: { name: string }) => name),
        names,
      )
      const page = await browser().get('/sign-in?next=/account/history')
      assertPage(page, 200)
      assert.match(page.text, /Continue with Company/)
      assert.ok(page.text.includes('/api/v1/auth/providers/company/start?next=%2Faccount%2Fhistory'))
    })

    test('a verified email at a provider creates an account and signs in to it again', async () => {
      provider.person = newPerson()
      const visitor = browser()
      assertLeads(await visit(visitor, provider), '/account')
      const { id, email, email_verified, full_name } = await whoIs(visitor)
      assert.deepEqual(
        { email, email_verified, full_name },
        { email: provider.person.email, email_verified: true, full_name: 'Ada' },
      )
      assert.deepEqual(visitor.jar.names, ['access_token', 'known_browser', 'session', 'sigil_last_method'])
      assert.equal(visitor.jar.valueOf('sigil_last_method'), 'provider:company')
      const again = browser()
      assertLeads(await visit(again, provider), '/account')
      assert.equal((await whoIs(again)).id, id)
      const history = (await again.get('/api/v1/me/history')).body.data
      assert.deepEqual(
        history.map(({ method }: { method: string }) => method),
        ['upstream', 'upstream'],
      )
    })

    test('the identity decides who signs in, not the email, which may change at the provider', async () => {
      provider.person = newPerson()
      const first = browser()
      assertLeads(await visit(first, provider), '/account')
      const { id, email } = await whoIs(first)
      provider.person = { ...provider.person, email: newPerson().email }
      const second = browser()
      assertLeads(await visit(second, provider), '/account')
      assert.deepEqual([(await whoIs(second)).id, (await whoIs(second)).email], [id, email])
    })
  },
  env,
)

onSite(
  'visits to an identity provider',
  ({ browser, url }) => {
    test('a provider of plain OAuth signs in by its user info', async () => {
      provider.person = newPerson()
      const visitor = browser()
      assertLeads(await visit(visitor, provider, { name: 'plain' }), '/account')
      assert.equal((await whoIs(visitor)).email, provider.person.email)
    })

    test('sign-in with a provider returns to the requested page and never to another site', async () => {
      provider.person = newPerson()
      const wanted = browser()
      assertLeads(await visit(wanted, provider, { query: '?next=/account/history' }), '/account/history')
      for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/.//evil.example']) {
        const query = `?${new URLSearchParams({ next })}`
        assertLeads(await visit(browser(), provider, { query }), '/account')
      }
    })

    test('the request to the provider contains PKCE, a nonce, a state and the registered URL', async () => {
      const asked = new URL(await startedAt(browser())).searchParams
      assert.equal(asked.get('response_type'), 'code')
      assert.equal(asked.get('code_challenge_method'), 'S256')
      assert.equal(asked.get('redirect_uri'), `${url()}/api/v1/auth/providers/company/callback`)
      for (const name of ['code_challenge', 'nonce', 'state'])
        assert.match(asked.get(name) ?? '', /^[\w-]{43,44}$/)
    })

    test('an unknown provider is not found', async () => {
      assertPage(await browser().get('/api/v1/auth/providers/unknown/start'), 404)
      assertPage(await browser().get('/api/v1/auth/providers/unknown/callback?code=a&state=b'), 404)
    })
  },
  env,
)

onSite(
  'accounts that a provider does not sign in to',
  ({ browser, world }) => {
    test('a second factor of the account is required after a provider', async () => {
      provider.person = newPerson()
      const visitor = browser()
      await visit(visitor, provider)
      const { id } = await whoIs(visitor)
      await world().db.query(sql`update users set second_factors = 'totp' where id = ${id}`)
      const again = browser()
      assertLeads(await visit(again, provider, { query: '?next=/docs' }), '/sign-in/verify?next=%2Fdocs')
      assert.deepEqual(again.jar.names, ['sigil_attempt', 'sigil_last_method'])
    })

    test('a disabled user does not sign in with a provider, and the history shows it', async () => {
      provider.person = newPerson()
      const visitor = browser()
      await visit(visitor, provider)
      const { id } = await whoIs(visitor)
      await (await disable(world(), { userId: id, by: byCli })).propagated
      const again = browser()
      const reply = await visit(again, provider)
      assertPage(reply, 403)
      assert.match(reply.text, /This account cannot sign in/)
      assert.equal(await isSignedIn(again), false)
      const [line] = await world().db.query(sql`select outcome, method from sign_ins
        where user_id = ${id} and session_id is null`)
      assert.deepEqual({ ...line }, { outcome: 'disabled', method: 'upstream' })
    })

    test('the owner of an unverified email cannot take over the account of an administrator', async () => {
      const admin = await personWithRoles(world(), ['default_user', 'admin'])
      provider.person = newPerson({ email: admin.email })
      assertLeads(await visit(browser(), provider), '/sign-in?next=%2Faccount%2Fconnections%2Fconfirm')
      const login = { login: admin.email, password: admin.password }
      assert.equal((await signIn(browser(), login)).status, 200)
    })
  },
  env,
)

onSite(
  'identity providers with sign-up closed',
  ({ browser }) => {
    test('an unknown identity creates no account with sign-up closed', async () => {
      provider.person = newPerson()
      const visitor = browser()
      assertPage(await visit(visitor, provider), 403)
      assert.equal(await isSignedIn(visitor), false)
    })
  },
  { ...env, SIGIL_SIGN_UP: 'closed' },
)
