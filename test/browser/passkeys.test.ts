import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { systemClock } from '#src/platform/clock.ts'
import { sql } from '#src/store/sql.ts'
import { chromiumOrSkip, pagePatienceMs } from '#test/support/chromium.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { goodPassword, newEmail } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { codeAt } from '#test/support/totp.ts'

type Visitor = {
  page: Page
  touch: (isOn: boolean) => Promise<void>
  verifiesUser: (isOn: boolean) => Promise<void>
  credentials: () => Promise<number>
}

/** A browser with a platform authenticator that responds only while it is touched. */
async function visitorWithAuthenticator(browser: Browser, url: string): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB' })
  const page = await context.newPage()
  page.setDefaultTimeout(pagePatienceMs)
  page.on('pageerror', (error) => assert.fail(error))
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: false,
    },
  })
  const touch = async (enabled: boolean) => {
    await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
  }
  const verifiesUser = async (isUserVerified: boolean) => {
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
  }
  const credentials = async () =>
    (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length
  return { page, touch, verifiesUser, credentials }
}

const pathOf = (page: Page) => new URL(page.url()).pathname

async function signUp(page: Page): Promise<string> {
  const email = newEmail()
  await page.goto('/sign-up')
  await page.locator('#email').fill(email)
  await page.locator('#password').fill(goodPassword)
  await page.locator('.primary').click()
  await page.waitForURL('**/account')
  return email
}

async function addPasskey({ page, touch }: Visitor): Promise<void> {
  await page.goto('/account/passkeys')
  await touch(true)
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await page.getByText('The passkey was added.').waitFor()
  await touch(false)
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click()
  await page.waitForURL('**/sign-in')
}

test('a person adds a passkey and signs in with it, by the button and by autofill', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await startServer(await freshDatabaseUrl('sqlite'))
  const visitor = await visitorWithAuthenticator(browser, url)
  const { page, touch } = visitor
  await signUp(page)
  await page.getByRole('heading', { name: 'Sign in faster next time' }).waitFor()
  await addPasskey(visitor)
  assert.equal(await visitor.credentials(), 1)

  await signOut(page)
  // The autofill request is pending: the button has to end it before it makes its own.
  await page.route('**/auth/passkey/options', async (route) => {
    await touch(true)
    await route.continue()
  })
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL('**/account')
  await page.unroute('**/auth/passkey/options')
  await touch(false)
  assert.equal(await page.getByRole('heading', { name: 'Sign in faster next time' }).count(), 0)

  await signOut(page)
  // Ends the pending request on this page, so that the touch is only for the next one.
  await page.goto('about:blank')
  await touch(true)
  await page.goto('/sign-in?next=/account/history')
  await page.waitForURL(({ pathname }) => pathname === '/account/history')
  assert.equal(await page.getByText('Signed in', { exact: true }).count(), 3)
})

test('a passkey completes a sign-in with a password, and confirms a sensitive change', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'))
  const visitor = await visitorWithAuthenticator(browser, url)
  const { page, touch } = visitor
  const email = await signUp(page)
  await addPasskey(visitor)
  await page.goto('/account/security/totp')
  await page.locator('.primary').click()
  const secret = ((await page.locator('.secret code').textContent()) ?? '').replaceAll(' ', '')
  await page.locator('#code').fill(codeAt(secret, systemClock.now()))
  await page.locator('main button.primary').click()
  await page.locator('.codes').waitFor()

  await signOut(page)
  await page.goto('/sign-in?next=/account/profile')
  await page.locator('#login').fill(email)
  await page.locator('#password').fill(goodPassword)
  await page.locator('.primary').click()
  await page.waitForURL('**/sign-in/verify?**')
  await touch(true)
  await page.getByRole('button', { name: 'Confirm with a passkey' }).click()
  await page.waitForURL('**/account/profile')

  await world.db.query(sql`update sessions set authenticated_at = 1`)
  await page.goto('/account/security/totp/remove')
  await page.waitForURL('**/account/confirm?**')
  await page.getByRole('button', { name: 'Confirm with a passkey' }).click()
  await page.getByRole('heading', { name: 'Remove the authenticator app?' }).waitFor()
})

test('a passkey is renamed and removed, and the browser then forgets it', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await startServer(await freshDatabaseUrl('sqlite'))
  const visitor = await visitorWithAuthenticator(browser, url)
  const { page } = visitor
  await signUp(page)
  await addPasskey(visitor)
  const row = page.getByRole('row').filter({ has: page.getByRole('button', { name: /^Rename/ }) })
  await row.getByRole('textbox').fill('My laptop')
  await row.getByRole('button').click()
  await page.getByText('The passkey was renamed.').waitFor()
  await page.getByRole('link', { name: 'Remove My laptop' }).click()
  await page.getByRole('heading', { name: 'Remove this passkey?' }).waitFor()
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('You have no passkeys yet.').waitFor()
  // If the browser has the Signal API.
  const hasSignals = await page.evaluate("'signalAllAcceptedCredentials' in PublicKeyCredential")
  if (hasSignals) await waitUntil(async () => (await visitor.credentials()) === 0)
})

async function waitUntil(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) if (await isTrue()) return
  assert.fail('it did not become true')
}

test('a second passkey on one device and a cancelled request show a message', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await startServer(await freshDatabaseUrl('sqlite'))
  const visitor = await visitorWithAuthenticator(browser, url)
  const { page, touch } = visitor
  await signUp(page)
  await addPasskey(visitor)
  await touch(true)
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await page.getByText('already has a passkey').waitFor()
  await touch(false)
  await signOut(page)
  await visitor.verifiesUser(false)
  await touch(true)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByText('was cancelled or took too long').waitFor()
  assert.equal(pathOf(page), '/sign-in')
})

test('a person is offered a passkey after a sign-in with a password, and adds it there', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await startServer(await freshDatabaseUrl('sqlite'))
  const visitor = await visitorWithAuthenticator(browser, url)
  const { page, touch } = visitor
  const email = await signUp(page)
  await signOut(page)
  await page.goto('/sign-in?next=/account/history')
  await page.locator('[data-can-passkey][value=yes]').waitFor({ state: 'attached' })
  await page.locator('#login').fill(email)
  await page.locator('#password').fill(goodPassword)
  await page.locator('.primary').click()
  await page.getByRole('heading', { name: 'Sign in faster next time' }).waitFor()
  await touch(true)
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await page.waitForURL('**/account/history')
  assert.equal(await visitor.credentials(), 1)
})

test('a person creates an account with a passkey and no password', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await startServer(await freshDatabaseUrl('sqlite'))
  const visitor = await visitorWithAuthenticator(browser, url)
  const { page, touch } = visitor
  await page.goto('/sign-up?next=/account/history')
  const button = page.getByRole('button', { name: 'Create account with a passkey' })
  await button.click()
  // The browser asks for the missing email.
  assert.equal(pathOf(page), '/sign-up')
  // Browsers accept it, but mail servers do not.
  await page.locator('#email').fill('two..dots@example.org')
  await button.click()
  await page.locator('#email-problem').waitFor()
  await page.locator('#email').fill(newEmail())
  await touch(true)
  await page.getByRole('button', { name: 'Create account with a passkey' }).click()
  await page.waitForURL('**/account/history')
  assert.equal(await visitor.credentials(), 1)
})

test('without scripts the sign-in page does not show passkeys', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await startServer(await freshDatabaseUrl('sqlite'))
  const context = await browser.newContext({ baseURL: url, javaScriptEnabled: false, locale: 'en-GB' })
  const page = await context.newPage()
  await page.goto('/sign-in')
  assert.equal(await page.getByText('passkey').filter({ visible: true }).count(), 0)
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
})
