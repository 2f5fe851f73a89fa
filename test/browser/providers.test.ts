import assert from 'node:assert/strict'
import { test } from 'node:test'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { newPerson } from '#test/sign-in/upstream-visits.ts'
import { chromiumOrSkip, pagePatienceMs } from '#test/support/chromium.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { providerEnv, startIdentityProvider } from '#test/support/identity-provider.ts'
import { goodPassword, newEmail } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const provider = await startIdentityProvider()

/** A server at `localhost`, and a provider at `127.0.0.1`: a different site for browsers. */
async function start() {
  const providers = { company: provider.oidc, apple: { ...provider.oidc, preset: 'apple', title: 'Apple' } }
  const env = { ...providerEnv, SIGIL_PROVIDERS: JSON.stringify(providers) }
  return startServer(await freshDatabaseUrl('sqlite'), env)
}

async function visitorAt(browser: Browser, url: string, more = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', ...more })
  const page = await context.newPage()
  page.setDefaultTimeout(pagePatienceMs)
  return page
}

const pathOf = (page: Page) => new URL(page.url()).pathname

/** The rules of axe that the page violates. The context allows its script, which our policy would not. */
async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<{ violations: { id: string }[] }>('axe.run(document)')
  return violations.map(({ id }) => id)
}

test('signing in and connecting with a provider work without scripts', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await start()
  const page = await visitorAt(browser, url, { javaScriptEnabled: false })
  provider.person = newPerson()
  await page.goto('/sign-in?next=/account/history')
  await page.getByRole('link', { name: 'Continue with Company' }).click()
  assert.equal(pathOf(page), '/account/history')

  await page.goto('/account')
  await page.goto('/account/security')
  await page.getByRole('link', { name: 'Manage connections' }).click()
  await page.getByText(String(provider.person.email), { exact: true }).waitFor()
  await page.getByRole('button', { name: /Disconnect Company/ }).click()
  await page.getByText('This is the only way to sign in').waitFor()

  const other = await visitorAt(browser, url, { javaScriptEnabled: false })
  await other.goto('/sign-up')
  await other.getByLabel('Email').fill(newEmail())
  await other
    .getByLabel('New password')
    .or(other.getByLabel('Password', { exact: true }))
    .fill(goodPassword)
  await other.getByLabel('Repeat password').fill(goodPassword)
  await other.getByRole('button', { name: 'Create account' }).click()
  provider.person = newPerson()
  await other.goto('/account/connections')
  await other.getByRole('link', { name: 'Connect Company' }).click()
  assert.equal(pathOf(other), '/account/connections/confirm')
  await other.getByRole('button', { name: 'Connect' }).click()
  assert.match((await other.getByRole('status').textContent()) ?? '', /You can now sign in with it/)
})

test('the callback of a provider that responds with a form regains the cookies', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await start()
  const page = await visitorAt(browser, url, { javaScriptEnabled: false })
  provider.person = newPerson()
  await page.goto('/sign-in')
  await page.getByRole('link', { name: 'Continue with Apple' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  assert.equal(pathOf(page), '/account')
})

test('the pages of providers pass the checks for accessibility', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await start()
  const page = await visitorAt(browser, url, { bypassCSP: true })
  provider.person = newPerson()
  await page.goto('/sign-in')
  assert.deepEqual(await violationsOn(page), [])
  await page.getByRole('link', { name: 'Continue with Company' }).click()
  await page.goto('/account/connections')
  assert.deepEqual(await violationsOn(page), [])
})
