import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, assertLeads, signedInOnPage } from '#test/support/forms.ts'
import { type Person, refresh, signedIn, signedUp } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** The cookies of the browser that sign a user in. */
const heldBy = ({ jar }: Client) => jar.names.filter((name) => /token|session/.test(name))

/** A browser in which Ann is signed in, and Bob, who signed up elsewhere. */
async function ofAnn(url: string): Promise<{ browser: Client; bob: Person }> {
  const browser = browserAt(url)
  await signedIn(browser, await signedUp(browser), { transport: 'cookie' })
  return { browser, bob: await signedUp(clientAt(url)) }
}

const whoIs = async (browser: Client) => (await browser.get('/api/v1/me')).body.id

for (const publicUrl of ['http://localhost', 'https://auth.example.org']) {
  const isSecure = publicUrl.startsWith('https:')
  const [access, refreshed, session] = isSecure
    ? ['__Host-access_token', '__Secure-refresh_token', '__Host-session']
    : ['access_token', 'refresh_token', 'session']

  onBothEngines(`in a browser with another user signed in, at ${publicUrl}`, (engine) => {
    const server = serverForSuite(engine, { SIGIL_PUBLIC_URL: publicUrl })

    test('a sign-in with the refresh token in the body clears the former refresh cookie', async () => {
      const { browser, bob } = await ofAnn(server().url)
      const annsToken = browser.jar.valueOf(refreshed)
      const attributes = browser.jar.attributesOf(refreshed).filter((one) => !/^Max-Age=/.test(one))
      const reply = await browser.post('/api/v1/auth/signin', { login: bob.email, password: bob.password })
      const cleared = reply.cookies.map((one) => one.split('; ')).find(([pair]) => pair === `${refreshed}=`)
      assert.deepEqual(cleared?.toSpliced(0, 1).sort(), ['Max-Age=0', ...attributes].sort())
      assert.deepEqual(heldBy(browser), [access])
      assert.equal(await whoIs(browser), bob.id)
      assertRefused(await browser.post('/api/v1/auth/refresh'), 'invalid_token')
      assert.equal((await refresh(clientAt(server().url), annsToken)).status, 200, 'her session lives on')
    })

    test('a sign-in with the refresh token in a cookie overwrites the former one', async () => {
      const { browser, bob } = await ofAnn(server().url)
      await signedIn(browser, bob, { transport: 'cookie' })
      assert.deepEqual(heldBy(browser), [access, refreshed].sort())
      assert.equal((await browser.post('/api/v1/auth/refresh')).body.user.id, bob.id)
    })

    test('a sign-in and a sign-up on a page clear the former refresh cookie', async () => {
      for (const enter of [
        async (browser: Client, bob: Person) => signedInOnPage(browser, bob.email),
        async (browser: Client) => arrivedOnPage(browser),
      ]) {
        const { browser, bob } = await ofAnn(server().url)
        const annsToken = browser.jar.valueOf(refreshed)
        await enter(browser, bob)
        assert.deepEqual(heldBy(browser), [access, session].sort())
        assertRefused(await browser.post('/api/v1/auth/refresh'), 'invalid_token')
        assert.equal((await refresh(clientAt(server().url), annsToken)).status, 200, 'her session lives on')
      }
    })

    test('a sign-in by the API clears the former page session', async () => {
      for (const transport of ['body', 'cookie']) {
        const browser = browserAt(server().url)
        await arrivedOnPage(browser)
        const annsCookie = { cookie: `${session}=${browser.jar.valueOf(session)}` }
        const bob = await signedUp(clientAt(server().url))
        await signedIn(browser, bob, { transport })
        assert.ok(!browser.jar.names.includes(session))
        browser.jar.keep(`${access}=; Path=/; Max-Age=0`)
        assertLeads(await browser.get('/account'), '/sign-in?next=%2Faccount')
        assert.equal((await browser.get('/sign-in?next=/x')).status, 200)
        assert.deepEqual(heldBy(browser), transport === 'cookie' ? [refreshed] : [])
        const elsewhere = await clientAt(server().url).get('/account', { headers: annsCookie })
        assert.equal(elsewhere.status, 200, 'her page session lives on')
      }
    })
  })
}

onBothEngines('cookies of an earlier sign-in', (engine) => {
  const server = serverForSuite(engine)

  test('a sign-in without cookies clears none', async () => {
    const client = clientAt(server().url)
    const { email, password } = await signedUp(client)
    const { cookies } = await client.post('/api/v1/auth/signin', { login: email, password })
    assert.ok(cookies.length > 0 && !cookies.some((one) => one.includes('Max-Age=0')), cookies.join('\n'))
  })

  test('a failed sign-in clears no cookie', async () => {
    const { browser, bob } = await ofAnn(server().url)
    const before = heldBy(browser)
    const wrong = { login: bob.email, password: 'not the password' }
    assertRefused(await browser.post('/api/v1/auth/signin', wrong), 'wrong_credentials')
    assert.deepEqual(heldBy(browser), before)
  })
})
