import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { fillServer } from '#test/support/busy-server.ts'
import { chromiumOrSkip } from '#test/support/chromium.ts'
import { consolePaths, type Filled } from '#test/support/console-pages.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { goodPassword } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const folder = process.env.SCREENSHOTS ?? '.cache/screenshots'

const looks = [
  { name: 'light-1280', locale: 'en-GB', colorScheme: 'light', width: 1280 },
  { name: 'dark-1280', locale: 'en-GB', colorScheme: 'dark', width: 1280 },
  { name: 'light-320-ru', locale: 'ru', colorScheme: 'light', width: 320 },
  { name: 'dark-390', locale: 'en-GB', colorScheme: 'dark', width: 390 },
] as const

test('every page has a screenshot in four variants', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'))
  const filled = await fillServer(world)
  for (const look of looks) await picture(browser, url, { look, filled })
})

type Pictured = { readonly look: (typeof looks)[number]; readonly filled: Filled }

async function picture(browser: Browser, url: string, { look, filled }: Pictured): Promise<void> {
  const { email } = filled
  const { name, locale, colorScheme, width } = look
  const into = join(folder, name)
  mkdirSync(into, { recursive: true })
  const context = await browser.newContext({
    ...{ baseURL: url, locale, colorScheme, viewport: { width, height: 800 } },
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0',
  })
  const page = await context.newPage()
  const shoot = (file: string) => page.screenshot({ path: join(into, `${file}.png`), fullPage: true })
  const show = async (path: string) => {
    await page.goto(path)
    await shoot(fileOf(path, filled))
  }
  for (const path of ['/sign-in', '/sign-up', '/forgot-password', '/nothing', '/docs/errors', '/docs'])
    await show(path)
  await page.goto('/sign-up')
  await page.locator('.primary').click()
  await shoot('sign-up-with-errors')
  await signIn(page, email)
  const account = [
    'profile',
    'security',
    'passkeys',
    'devices',
    'history',
    'not-me',
    'apps',
    'data',
    'delete',
  ]
  const paths = ['/account', ...account.map((page) => `/account/${page}`), '/account/password']
  const all = [...paths, '/sign-out', '/sign-out-everywhere', ...consolePaths(filled)]
  for (const path of all) await show(path)
  await page.goto('/admin/audit')
  await page.locator('td.headline a').first().click()
  await shoot('admin-audit-event')
  await context.close()
}

async function signIn(page: Page, email: string): Promise<void> {
  await page.goto('/sign-in')
  await page.locator('#login').fill(email)
  await page.locator('#password').fill(goodPassword)
  await page.locator('.primary').click()
}

/** The same name in every run: without the ids. */
function fileOf(path: string, { userId, clientId, apiName, verifierName, deliveryId }: Filled): string {
  const ids = [userId, clientId, apiName, verifierName, deliveryId]
  return ids.reduce((name, id) => name.replace(id, 'id'), path.slice(1)).replaceAll(/[/?=&]/g, '-')
}
