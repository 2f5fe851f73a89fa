import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSignedIn, newPerson, providersOf, startedAt, visit } from '#test/sign-in/upstream-visits.ts'
import type { Client, Reply } from '#test/support/client.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { startIdentityProvider } from '#test/support/identity-provider.ts'
import { onSite } from '#test/support/site.ts'

const provider = await startIdentityProvider()
const other = await startIdentityProvider()
const env = providersOf(provider, other)

/** Expects a page that explains the error, and no session. */
async function assertRejected(browser: Client, reply: Reply, words: RegExp): Promise<void> {
  assertPage(reply, 400)
  assert.match(reply.text, words)
  assert.equal(await isSignedIn(browser), false)
}

const failed = /did not answer as expected/
const expired = /has expired or belongs to another browser/

onSite(
  'invalid responses of an identity provider',
  ({ browser }) => {
    const seconds = () => Math.floor(Date.now() / 1000)
    const faults = {
      'without a nonce': { claims: { nonce: undefined } },
      'with the nonce of another visit': { claims: { nonce: 'another' } },
      'of another issuer': { claims: { iss: 'https://evil.example' } },
      'for another client': { claims: { aud: 'another client' } },
      'for several clients, with another one as the authorized party': {
        claims: { aud: ['sigil-test', 'another'], azp: 'another' },
      },
      'without a subject': { claims: { sub: undefined } },
      'that has expired': { claims: { exp: seconds() - 120, iat: seconds() - 240 } },
      'signed with an unknown key': { isForged: true },
    }
    for (const [what, fault] of Object.entries(faults)) {
      test(`an ID token ${what} opens no session`, async () => {
        provider.person = newPerson()
        provider.faults = fault
        const visitor = browser()
        const reply = await visit(visitor, provider).finally(() => {
          provider.faults = {}
        })
        await assertRejected(visitor, reply, failed)
        assertLeads(await visit(visitor, provider), '/account')
      })
    }

    test('a response without the issuer parameter, or with another issuer, is rejected', async () => {
      provider.person = newPerson()
      for (const iss of [undefined, other.issuer]) {
        provider.faults = { redirect: { iss } }
        const visitor = browser()
        const reply = await visit(visitor, provider).finally(() => {
          provider.faults = {}
        })
        await assertRejected(visitor, reply, failed)
      }
    })

    test('a visitor who declines at the provider gets an explanation', async () => {
      provider.faults = { redirect: { code: undefined, error: 'access_denied' } }
      const visitor = browser()
      const reply = await visit(visitor, provider).finally(() => {
        provider.faults = {}
      })
      await assertRejected(visitor, reply, /was cancelled at the identity provider/)
    })
  },
  env,
)

onSite(
  'the state of a visit to an identity provider',
  ({ browser }) => {
    test('the callback of one provider rejects the state of another', async () => {
      provider.person = newPerson()
      const visitor = browser()
      const callback = await provider.authorize(await startedAt(visitor, 'company'))
      const exchanges = [provider.exchanges, other.exchanges]
      await assertRejected(visitor, await visitor.get(callback.replace('company', 'other')), expired)
      assert.deepEqual([provider.exchanges, other.exchanges], exchanges)
    })

    test('a state works only in the browser that it was created for', async () => {
      provider.person = newPerson()
      const [visitor, victim] = [browser(), browser()]
      const callback = await provider.authorize(await startedAt(visitor))
      await assertRejected(victim, await victim.get(callback), expired)
      await startedAt(victim)
      await assertRejected(victim, await victim.get(callback), expired)
      assertLeads(await visitor.get(callback), '/account')
    })

    test('a code of another visit does not work with the state of this one', async () => {
      provider.person = newPerson()
      const [attacker, victim] = [browser(), browser()]
      const stolen = await provider.authorize(await startedAt(victim))
      const own = await provider.authorize(await startedAt(attacker))
      const code = new URLSearchParams(stolen.split('?')[1]).get('code') ?? ''
      const [path, query] = own.split('?')
      const injected = new URLSearchParams(query)
      injected.set('code', code)
      await assertRejected(attacker, await attacker.get(`${path}?${injected}`), failed)
    })

    test('a used state does not work again', async () => {
      provider.person = newPerson()
      const visitor = browser()
      const started = await startedAt(visitor)
      const secret = visitor.jar.valueOf('sigil_upstream')
      assertLeads(await visitor.get(await provider.authorize(started)), '/account')
      const replayed = browser()
      replayed.jar.keep(`sigil_upstream=${secret}; Path=/`)
      await assertRejected(replayed, await replayed.get(await provider.authorize(started)), expired)
    })
  },
  env,
)

onSite(
  'callbacks of an identity provider',
  ({ browser }) => {
    test('of twenty callbacks at once with one state exactly one signs in', async () => {
      provider.person = newPerson()
      const visitor = browser()
      const callback = await provider.authorize(await startedAt(visitor))
      const cookie = `sigil_upstream=${visitor.jar.valueOf('sigil_upstream')}`
      const exchanges = provider.exchanges
      const call = () => browser().get(callback, { headers: { cookie } })
      const replies = await Promise.all(Array.from({ length: 20 }, call))
      assert.deepEqual(replies.map(({ status }) => status).sort(), [
        303,
        ...Array.from({ length: 19 }, () => 400),
      ])
      assert.equal(provider.exchanges, exchanges + 1)
      const again = browser()
      await visit(again, provider)
      assert.equal((await again.get('/api/v1/me/sessions')).body.data.length, 2)
    })

    test('twenty visits at once of a new person create one account', async () => {
      provider.person = newPerson()
      const browsers = Array.from({ length: 20 }, () => browser())
      const callbacks = await Promise.all(
        browsers.map(async (one) => provider.authorize(await startedAt(one))),
      )
      const replies = await Promise.all(browsers.map((one, at) => one.get(callbacks[at] ?? '')))
      for (const reply of replies) assertLeads(reply, '/account')
      const ids = await Promise.all(browsers.map(async (one) => (await one.get('/api/v1/me')).body.id))
      assert.equal(new Set(ids).size, 1)
    })

    test('a callback with missing, repeated or malformed parameters is an error page', async () => {
      const path = '/api/v1/auth/providers/company/callback'
      for (const query of ['', '?code=a', '?state=a', '?state=a&state=b', '?code=%00&state=%00', '?%FF=1']) {
        const visitor = browser()
        await startedAt(visitor)
        assertPage(await visitor.get(path + query), 400)
      }
    })

    test('a callback as a form redirects to the URL with the same parameters', async () => {
      provider.person = newPerson()
      const visitor = browser()
      const [path = '', query = ''] = (await provider.authorize(await startedAt(visitor))).split('?')
      const fields = Object.fromEntries(new URLSearchParams(query))
      const foreign = { origin: provider.issuer, 'sec-fetch-site': 'cross-site' }
      const reply = await sendForm(browser(), path, { ...fields, user: '{}' }, foreign)
      assert.equal(reply.status, 303)
      assert.deepEqual(reply.cookies, [])
      assertLeads(await visitor.get(reply.headers.location ?? ''), '/account')
    })
  },
  env,
)

onSite(
  'a broken identity provider',
  ({ browser }) => {
    test('errors of a provider during the exchange show a page, not a server error', async () => {
      for (const status of [500, 503, 404, 302, 200]) {
        provider.person = newPerson()
        const visitor = browser()
        const callback = await provider.authorize(await startedAt(visitor))
        provider.faults = { status }
        const reply = await visitor.get(callback).finally(() => {
          provider.faults = {}
        })
        await assertRejected(visitor, reply, failed)
      }
    })

    test('a provider that does not respond shows an error page within seconds', async () => {
      provider.person = newPerson()
      const visitor = browser()
      const callback = await provider.authorize(await startedAt(visitor))
      provider.faults = { isSilent: true }
      const reply = await visitor.get(callback).finally(() => {
        provider.faults = {}
      })
      await assertRejected(visitor, reply, failed)
    })

    test('a visit to a provider that is down shows an error page, and works once it is back', async () => {
      provider.person = newPerson()
      const visitor = browser()
      other.faults = { status: 500 }
      const reply = await visitor.get('/api/v1/auth/providers/other/start').finally(() => {
        other.faults = {}
      })
      assertPage(reply, 400)
      assert.match(reply.text, failed)
      other.person = newPerson()
      assertLeads(await visit(visitor, other, { name: 'other' }), '/account')
    })
  },
  env,
)

onSite(
  'connecting an identity',
  ({ browser }) => {
    test('a visit for a connection must end in the session that began it', async () => {
      const owner = browser()
      await arrivedOnPage(owner)
      provider.person = newPerson()
      const started = await owner.get('/account/connections/company/link')
      const callback = await provider.authorize(started.headers.location ?? '')
      const visitor = browser()
      visitor.jar.keep(`sigil_upstream=${owner.jar.valueOf('sigil_upstream')}; Path=/`)
      await assertRejected(visitor, await visitor.get(callback), expired)
    })

    test('an identity of another account cannot be connected', async () => {
      provider.person = newPerson()
      assertLeads(await visit(browser(), provider), '/account')
      const visitor = browser()
      await arrivedOnPage(visitor)
      const started = await visitor.get('/account/connections/company/link')
      const reply = await visitor.get(await provider.authorize(started.headers.location ?? ''))
      assertPage(reply, 409)
      assert.match(reply.text, /connected to another account/)
    })
  },
  env,
)
