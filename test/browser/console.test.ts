import assert from 'node:assert/strict'
import { test } from 'node:test'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { fillServer } from '#test/support/busy-server.ts'
import { chromiumOrSkip } from '#test/support/chromium.ts'
import { consolePaths } from '#test/support/console-pages.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { goodPassword } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const looks = [
  { locale: 'en', colorScheme: 'light', width: 1280 },
  { locale: 'en', colorScheme: 'dark', width: 320 },
  { locale: 'ru', colorScheme: 'light', width: 320 },
  { locale: 'ru', colorScheme: 'dark', width: 1280 },
] as const

async function busyServer() {
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'))
  return { url, filled: await fillServer(world) }
}

async function signedIn(browser: Browser, url: string, email: string, options: object): Promise<Page> {
  const page = await (await browser.newContext({ baseURL: url, ...options })).newPage()
  page.setDefaultTimeout(15_000)
  await page.goto('/sign-in?next=/admin')
  await page.locator('#login').fill(email)
  await page.locator('#password').fill(goodPassword)
  await page.locator('.primary').click()
  return page
}

for (const look of looks) {
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
    for (const path of consolePaths(filled)) {
      await page.goto(path)
      await unfold(page)
      await assertAccessible(page)
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
  await page.getByRole('link', { name: 'Users', exact: true }).click()
  await page.getByRole('searchbox').fill('hopper')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByRole('link', { name: 'Grace Hopper' }).click()
  await page.getByRole('link', { name: 'Disable', exact: true }).click()
  assert.ok(await page.getByText('The user cannot sign in until').isVisible())
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

/** Opens what is folded, so that it is checked too. */
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
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  assert.ok(overflow <= 0, `${page.url()} is ${overflow} pixels too wide`)
}
