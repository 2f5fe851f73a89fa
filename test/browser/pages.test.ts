import assert from 'node:assert/strict'
import { test } from 'node:test'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { chromiumOrSkip } from '#test/support/chromium.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { goodPassword, newEmail } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const startOnSqlite = async () => startServer(await freshDatabaseUrl('sqlite'))

/** A browser context without scripts. */
async function visitorWithoutScripts(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, javaScriptEnabled: false, locale: 'en-GB' })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  return page
}

async function signUp(page: Page, email: string): Promise<void> {
  await page.goto('/sign-up')
  await page.getByLabel('Email').fill(email)
  await page
    .getByLabel('New password')
    .or(page.getByLabel('Password', { exact: true }))
    .fill(goodPassword)
  await page.getByLabel('Repeat password').fill(goodPassword)
  await page.getByRole('button', { name: 'Create account' }).click()
}

async function signIn(page: Page, email: string, password = goodPassword): Promise<void> {
  await page.getByLabel('Email or username').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

const pathOf = (page: Page) => new URL(page.url()).pathname

test('signing up, ending another session and signing out everywhere work without scripts', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await startOnSqlite()
  const [here, there] = [await visitorWithoutScripts(browser, url), await visitorWithoutScripts(browser, url)]
  const email = newEmail()
  await signUp(here, email)
  assert.equal(pathOf(here), '/account')
  assert.ok(await here.getByText('This device', { exact: true }).isVisible())

  await there.goto('/account/history')
  assert.equal(pathOf(there), '/sign-in')
  await signIn(there, email, 'not the password')
  assert.ok(await there.getByRole('alert').isVisible())
  assert.equal(await there.getByLabel('Email or username').inputValue(), email)
  await signIn(there, email)
  assert.equal(pathOf(there), '/account/history')
  assert.ok(await there.getByText('Wrong password').isVisible())

  await here.goto('/account')
  const others = here.getByRole('row').filter({ hasNot: here.getByText('This device', { exact: true }) })
  await others.getByRole('button').first().click()
  assert.match((await here.getByRole('status').textContent()) ?? '', /The session was signed out/)
  await there.goto('/account')
  assert.equal(pathOf(there), '/sign-in')

  await signIn(there, email)
  await here.goto('/account')
  await here.getByRole('button', { name: 'Sign out everywhere' }).click()
  assert.equal(pathOf(here), '/sign-in')
  assert.match((await here.getByRole('status').textContent()) ?? '', /signed out everywhere/)
  await there.goto('/account')
  assert.equal(pathOf(there), '/sign-in')
})

test('changing profile, password and language and deleting the account work without scripts', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await startOnSqlite()
  const page = await visitorWithoutScripts(browser, url)
  const email = newEmail()
  await signUp(page, email)
  await page.getByRole('link', { name: 'Profile', exact: true }).click()
  await page.getByLabel('Full name').fill('Ada Lovelace')
  await page.getByRole('button', { name: 'Save' }).click()
  assert.ok(await page.getByRole('status').isVisible())

  await page.getByRole('link', { name: 'Password', exact: true }).click()
  await page.getByLabel('Current password').fill('not it')
  await page.getByLabel('New password', { exact: true }).fill('another quiet evening')
  await page.getByLabel('Repeat new password').fill('another quiet evening')
  await page.getByRole('button', { name: 'Change password' }).click()
  const field = page.getByLabel('Current password')
  assert.equal(await field.getAttribute('aria-invalid'), 'true')
  assert.match((await page.locator('#current-problem').textContent()) ?? '', /wrong/)

  await page.getByRole('button', { name: 'Русский' }).click()
  assert.equal(pathOf(page), '/account/password')
  assert.ok(await page.getByRole('heading', { name: 'Смена пароля' }).isVisible())
  await page.goto('/account/delete')
  await page.getByLabel('Пароль').fill(goodPassword)
  await page.getByRole('button', { name: 'Удалить навсегда' }).click()
  assert.match((await page.getByRole('status').textContent()) ?? '', /Аккаунт удалён/)
})

const looks = [
  { locale: 'en', colorScheme: 'light', width: 1280 },
  { locale: 'en', colorScheme: 'dark', width: 320 },
  { locale: 'ru', colorScheme: 'light', width: 320 },
  { locale: 'ru', colorScheme: 'dark', width: 1280 },
] as const

for (const look of looks) {
  const { locale, colorScheme, width } = look
  test(`every page is accessible and fits: ${locale}, ${colorScheme}, ${width} pixels wide`, async (t) => {
    const browser = await chromiumOrSkip(t)
    if (!browser) return
    const { url } = await startOnSqlite()
    const page = await reader(browser, url, look)
    const check = async (path: string) => {
      if (path !== '') await page.goto(path)
      await assertAccessible(page)
    }
    await check('/sign-in')
    await page.locator('.primary').click()
    await check('')
    await check('/sign-up')
    await page.locator('.primary').click()
    await check('')
    for (const path of ['/nothing', '/docs/errors', '/docs/errors/too_many_requests']) await check(path)
    await signUpByName(page)
    await page.context().request.post('/sign-in', { form: { login: 'ada', password: 'wrong' } })
    await page.context().addCookies([{ name: 'sigil_flash', value: 'others_ended', url }])
    for (const path of [
      '/account',
      '/account/history',
      '/account/profile',
      '/account/passkeys',
      '/account/confirm',
    ])
      await check(path)
    await check('/account/delete')
    await check('/account/password')
    await page.locator('.primary').click()
    await check('')
  })
}

/** A browser context in which axe may run, which the policy of the pages would not allow. */
async function reader(browser: Browser, url: string, look: (typeof looks)[number]): Promise<Page> {
  const context = await browser.newContext({
    baseURL: url,
    locale: look.locale,
    colorScheme: look.colorScheme,
    viewport: { width: look.width, height: 700 },
    userAgent: `An unheard-of browser with a long name/${'1234567890'.repeat(12)}`,
    bypassCSP: true,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  return page
}

async function signUpByName(page: Page): Promise<void> {
  await page.goto('/sign-up')
  await page.locator('#email').fill('a.person.with.quite.a.long.address@department.university.example.org')
  await page.locator('#password').fill(goodPassword)
  await page.locator('#repeat_password').fill(goodPassword)
  await page.locator('#username').fill('ada')
  await page.locator('#full_name').fill('Wolfeschlegelsteinhausenbergerdorff'.repeat(3))
  await page.locator('.primary').click()
}

type Verdict = { violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }

async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<Verdict>('axe.run(document)')
  const found = violations.map(({ id, nodes }) => [id, nodes.map((node) => node.failureSummary ?? node.html)])
  assert.deepEqual(found, [], page.url())
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  assert.ok(overflow <= 0, `${page.url()} is ${overflow} pixels too wide`)
  assert.notEqual(await page.title(), '')
}
