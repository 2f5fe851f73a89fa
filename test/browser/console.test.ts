import assert from 'node:assert/strict'
import { test } from 'node:test'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { fillServer } from '#test/support/busy-server.ts'
import { chromiumOrSkip, pagePatienceMs } from '#test/support/chromium.ts'
import { consolePaths } from '#test/support/console-pages.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { goodPassword } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

/** Each page is checked in one variant, and its width on the narrowest screen in the longer language. */
const looks = [
  { locale: 'en', colorScheme: 'light', width: 1280 },
  { locale: 'en', colorScheme: 'dark', width: 320 },
  { locale: 'ru', colorScheme: 'dark', width: 320 },
  { locale: 'ru', colorScheme: 'light', width: 1280 },
] as const

async function busyServer() {
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'))
  return { url, filled: await fillServer(world) }
}

async function signedIn(browser: Browser, url: string, email: string, options: object): Promise<Page> {
  const page = await (await browser.newContext({ baseURL: url, ...options })).newPage()
  page.setDefaultTimeout(pagePatienceMs)
  await page.goto('/sign-in?next=/admin')
  await page.locator('#login').fill(email)
  await page.locator('#password').fill(goodPassword)
  await page.locator('.primary').click()
  return page
}

for (const [index, look] of looks.entries()) {
  const { locale, colorScheme, width } = look
  test(`pages of the console are accessible and fit: ${locale}, ${colorScheme}, ${width} px`, async (t) => {
    const browser = await chromiumOrSkip(t)
    if (!browser) return
    const { url, filled } = await busyServer()
    const viewport = { width, height: 700 }
    // The policy of the pages would not allow axe to run.
    const page = await signedIn(browser, url, filled.email, {
      locale,
      colorScheme,
      viewport,
      bypassCSP: true,
    })
    const isNarrowest = locale === 'ru' && width === 320
    for (const [place, path] of consolePaths(filled).entries()) {
      const isChecked = place % looks.length === index
      if (!isChecked && !isNarrowest) continue
      await page.goto(path)
      await unfold(page)
      await (isChecked ? assertAccessible(page) : assertFits(page))
    }
    await page.goto('/admin/audit')
    await page.locator('td.headline a').first().click()
    await assertAccessible(page)
    await page.goto('/admin/roles')
    await page.locator('.primary').click()
    await assertAccessible(page)
  })
}

test('an administrator disables and enables a user without scripts', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url, filled } = await busyServer()
  const page = await signedIn(browser, url, filled.email, { javaScriptEnabled: false, locale: 'en-GB' })
  const navigation = page.getByRole('navigation', { name: 'Console' })
  await navigation.getByRole('link', { name: 'Users', exact: true }).click()
  await page.getByRole('searchbox').fill('hopper')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByRole('link', { name: 'Grace Hopper' }).click()
  await page.getByRole('link', { name: 'Disable', exact: true }).click()
  await page.getByText('The user cannot sign in until').waitFor()
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByRole('link', { name: 'Disable', exact: true }).click()
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  assert.match((await page.getByRole('status').textContent()) ?? '', /The account was disabled/)
  await page.getByRole('button', { name: 'Enable', exact: true }).click()
  assert.match((await page.getByRole('status').textContent()) ?? '', /The account was enabled/)
  await page.getByLabel('Role', { exact: true }).selectOption('guest')
  await page.getByRole('button', { name: 'Grant' }).click()
  assert.match((await page.getByRole('status').textContent()) ?? '', /The role was granted/)
})

test('an administrator adds an app, signs out sessions in bulk and uses the keyboard', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url, filled } = await busyServer()
  const permissions = ['clipboard-read', 'clipboard-write']
  const page = await signedIn(browser, url, filled.email, { locale: 'en-GB', permissions })
  await page.locator('.plot g').nth(5).hover()
  assert.match((await page.locator('.tip').textContent()) ?? '', /Sign-ins: \d/)
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await page.getByRole('link', { name: 'Add app' }).click()
  await page.getByLabel('Name').fill('g u')
  await page.getByRole('button', { name: 'Add app' }).click()
  assert.match((await page.locator('#redirect_uris-problem').textContent()) ?? '', /required/)
  await page.getByLabel('Redirect URIs').fill('https://app.example/callback')
  await page.getByLabel(filled.apiName, { exact: true }).check()
  await page.getByRole('button', { name: 'Add app' }).click()
  const secret = (await page.locator('pre').first().textContent()) ?? ''
  assert.match(secret, /^sgs_/)
  await page.getByRole('button', { name: 'Copy' }).first().click()
  assert.equal(await page.evaluate<string>('navigator.clipboard.readText()'), secret)
  await page.getByRole('link', { name: 'I have stored it' }).click()
  assert.ok(!(await page.content()).includes(secret))
  await page.keyboard.press('g')
  await page.keyboard.press('s')
  await page.getByRole('heading', { name: 'Sessions' }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('hopper\n')
  await page.getByLabel('Select all rows on this page').check()
  await page.getByRole('button', { name: 'Sign out the selected sessions' }).click()
  await page.getByRole('button', { name: 'Sign out 3 sessions' }).click()
  assert.match((await page.getByRole('status').textContent()) ?? '', /3 sessions were signed out/)
})

/** Expands collapsed content, so that it is checked too. */
async function unfold(page: Page): Promise<void> {
  await page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true })')
}

type Verdict = { violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }

async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<Verdict>('axe.run(document)')
  const found = violations.map(({ id, nodes }) => [
    id,
    nodes.map(({ failureSummary, html }) => [failureSummary, html]),
  ])
  assert.deepEqual(found, [], page.url())
  await assertFits(page)
}

async function assertFits(page: Page): Promise<void> {
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  assert.ok(overflow <= 0, `${page.url()} is ${overflow} pixels too wide`)
}
