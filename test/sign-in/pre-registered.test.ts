import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { isSignedIn, newPerson, providersOf, visit } from '#test/sign-in/upstream-visits.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { type IdentityProvider, startIdentityProvider } from '#test/support/identity-provider.ts'
import { type MailSite, mailSiteForSuite } from '#test/support/mail-site.ts'
import { enrolledPasskey, signInByPasskey } from '#test/support/passkeys.ts'
import { arrived, isAccepted, newEmail, refresh, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { codeIn, linkIn } from '#test/support/smtp-server.ts'
import { addedTotp, clockAhead, halfSignedIn, prove } from '#test/support/totp.ts'

/** The ways in which the true owner proves the email, by name. */
function arrivalsOf(
  site: MailSite,
  provider: IdentityProvider,
): Record<string, (email: string) => Promise<void>> {
  return {
    'a code by mail': async (email) => {
      const client = clientAt(site.server().url)
      await client.post('/api/v1/auth/code', { email })
      const message = await site.smtp().mailTo(email, ({ text }) => text.includes('/sign-in/link'))
      const reply = await client.post('/api/v1/auth/code/signin', { email, code: codeIn(message) })
      assert.equal(reply.status, 200, reply.text)
    },
    'a new password by mail': async (email) => {
      const client = clientAt(site.server().url)
      await client.post('/api/v1/auth/forgot', { email })
      const message = await site.smtp().mailTo(email, ({ text }) => text.includes('/reset-password'))
      const reset = { token: linkIn(message).token, password: 'the true owner chose this' }
      assert.equal((await client.post('/api/v1/auth/reset', reset)).status, 204)
    },
    'an identity provider': async (email) => {
      provider.person = newPerson({ email })
      const browser = browserAt(site.server().url)
      assert.equal((await visit(browser, provider)).status, 303)
      assert.ok(await isSignedIn(browser))
    },
  }
}

onBothEngines('an account that another person created with your email', async (engine) => {
  const provider = await startIdentityProvider()
  const site = mailSiteForSuite(engine, providersOf(provider))

  for (const [way, arrive] of Object.entries(arrivalsOf(site, provider))) {
    test(`no factor or session of the other person is left after ${way}`, async () => {
      const { url, world } = site.server()
      const client = browserAt(url)
      const email = newEmail()
      const { person, session } = await arrived(client, { email })
      const bearer = session.access_token
      const { codes } = await addedTotp(client, { bearer, clock: clockAhead() })
      const { authenticator } = await enrolledPasskey(client, { url, bearer })
      const chosen = await client.post('/api/v1/me/factors/passkey', undefined, { bearer })
      assert.equal(chosen.status, 200, chosen.text)
      const trusting = { method: 'recovery_code', code: codes[0], trust_device: true }
      assert.equal((await prove(client, await halfSignedIn(client, person), trusting)).status, 200)
      const waiting = await halfSignedIn(clientAt(url), person)
      await arrive(email)

      assert.equal(await isAccepted(clientAt(url), bearer), false)
      assert.equal((await refresh(clientAt(url), session.refresh_token)).status, 401)
      assertRefused(await signIn(client, person), 'wrong_credentials')
      assertRefused(await signInByPasskey(client, authenticator), 'passkey_rejected')
      const late = await prove(client, waiting, { method: 'recovery_code', code: codes[1] })
      assertRefused(late, 'attempt_expired')
      const rows =
        await world.db.query(sql`select 'totp' as what from totp_secrets where user_id = ${person.id}
        union all select 'code' from recovery_codes where user_id = ${person.id}
        union all select 'passkey' from passkeys where user_id = ${person.id}
        union all select 'device' from trusted_devices where user_id = ${person.id}
        union all select 'choice' from users where id = ${person.id}
          and (passkey_factor_at is not null or email_factor_at is not null or second_factors <> '')`)
      assert.deepEqual(rows, [])
    })
  }
})
