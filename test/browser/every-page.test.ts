import assert from 'node:assert/strict'
import { test } from 'node:test'
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { routes } from '#src/routes.ts'
import { chromiumOrSkip, pagePatienceMs } from '#test/support/chromium.ts'
import { consolePaths } from '#test/support/console-pages.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { everyPage, inhabit, pathsFor } from '#test/support/every-page.ts'
import { goodPassword } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

async function inhabitedServer() {
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'), {
    SIGIL_PRIVACY_URL: 'https://example.org/privacy',
    SIGIL_TERMS_URL: 'https://example.org/terms',
  })
  return { url, ids: await inhabit(world) }
}

/** Each page fits in both languages; the checked look for accessibility alternates. */
const looks = [
  { locale: 'en-GB', colorScheme: 'dark' },
  { locale: 'ru', colorScheme: 'light' },
] as const

test('the table of pages has every URL outside the console', () => {
  const opened = routes.filter(({ surface, method }) => surface === 'page' && method === 'GET')
  // The console has its own table.
  const isOfConsole = (path: string) => path === '/admin' || path.startsWith('/admin/')
  const paths = [...new Set(opened.map(({ path }) => path).filter((path) => !isOfConsole(path)))].sort()
  assert.deepEqual(Object.keys(everyPage).sort(), paths)
})

test('every page is accessible, and fits on 320 and 1280 pixels in both languages', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url, ids } = await inhabitedServer()
  for (const [index, look] of looks.entries()) {
    const check = (path: string, place: number) =>
      place % looks.length === index ? assertGood(page, path) : assertFitsBoth(page, path)
    // The policy of the pages would not allow axe to run.
    const page = await pageWith(browser, { baseURL: url, ...look, bypassCSP: true })
    for (const [place, path] of pathsFor('visitor', ids).entries()) await check(path, place)
    for (const path of ['/sign-in', '/sign-up']) {
      await page.goto(path)
      await page.locator('button.primary').click()
      await assertGood(page)
    }
    await signIn(page, ids.email)
    for (const [place, path] of pathsFor('user', ids).entries()) await check(path, place)
    await page.context().close()
  }
})

test('no page violates its policy, logs an error or calls another origin', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url, ids } = await inhabitedServer()
  const page = await pageWith(browser, { baseURL: url, timezoneId: 'Asia/Tokyo' })
  const found: string[] = []
  page.on('console', (message) => {
    const isAnswer = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isAnswer) found.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => found.push(`${page.url()}: ${error.message}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) found.push(`${page.url()} asks ${request.url()}`)
  })
  for (const path of pathsFor('visitor', ids)) await page.goto(path)
  await signIn(page, ids.email)
  for (const path of [...pathsFor('user', ids), ...consolePaths(ids.filled)]) await page.goto(path)
  assert.deepEqual(found, [])
})

test('the sign-in page has less than 40 kB in total', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await inhabitedServer()
  const page = await pageWith(browser, { baseURL: url })
  const sizes: Promise<readonly [string, number]>[] = []
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (!pathname.startsWith('/api/')) sizes.push(response.body().then(({ length }) => [pathname, length]))
  })
  await page.goto('/sign-in', { waitUntil: 'networkidle' })
  const loaded = await Promise.all(sizes)
  const total = loaded.reduce((sum, [, size]) => sum + size, 0)
  assert.ok(loaded.length >= 4)
  assert.ok(total < 40_000, JSON.stringify({ total, loaded }))
})

async function pageWith(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  page.setDefaultTimeout(pagePatienceMs)
  return page
}

async function signIn(page: Page, email: string): Promise<void> {
  await page.goto('/sign-in')
  await page.locator('#login').fill(email)
  await page.locator('#password').fill(goodPassword)
  await page.locator('button.primary').click()
  await page.waitForURL('**/account')
}

type Verdict = { violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }

/** The page at the path, or the current page. */
async function assertGood(page: Page, path?: string): Promise<void> {
  await assertFitsBoth(page, path)
  // Collapsed content is checked too.
  const folded = 'details:not(.call):not(.call details)'
  await page.evaluate(`document.querySelectorAll("${folded}").forEach((one) => { one.open = true })`)
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<Verdict>('axe.run(document)')
  const found = violations.map(({ id, nodes }) => [
    id,
    nodes.map(({ failureSummary, html }) => [failureSummary, html.slice(0, 300)]),
  ])
  assert.deepEqual(found, [], page.url())
}

async function assertFitsBoth(page: Page, path?: string): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 700 })
  if (path !== undefined) await page.goto(path)
  await assertFits(page)
  await page.setViewportSize({ width: 320, height: 700 })
  await assertFits(page)
}

async function assertFits(page: Page): Promise<void> {
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  assert.ok(overflow <= 0, `${page.url()} is ${overflow} pixels too wide`)
}
