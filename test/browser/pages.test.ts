import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { chromiumOrSkip, pagePatienceMs } from '#test/support/chromium.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { goodPassword, newEmail } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const startOnSqlite = async () => startServer(await freshDatabaseUrl('sqlite'))

/** A browser context without scripts. */
async function visitorWithoutScripts(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, javaScriptEnabled: false, locale: 'en-GB' })
  const page = await context.newPage()
  page.setDefaultTimeout(pagePatienceMs)
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
  await here.getByText('This device', { exact: true }).waitFor()

  await there.goto('/account/history')
  assert.equal(pathOf(there), '/sign-in')
  await signIn(there, email, 'not the password')
  await there.getByRole('alert').waitFor()
  assert.equal(await there.getByLabel('Email or username').inputValue(), email)
  await signIn(there, email)
  assert.equal(pathOf(there), '/account/history')
  await there.getByText('Wrong password').waitFor()

  await here.goto('/account/devices')
  await here.getByRole('button', { name: /^Sign out .+, signed in/ }).click()
  assert.match((await here.getByRole('status').textContent()) ?? '', /The session was signed out/)
  await there.goto('/account')
  assert.equal(pathOf(there), '/sign-in')
  assert.match((await there.getByRole('status').textContent()) ?? '', /You were signed out/)
  await there.getByText('Last used').waitFor()

  await signIn(there, email)
  await here.goto('/account')
  await here.getByRole('link', { name: 'All devices' }).click()
  await here.getByRole('link', { name: 'Sign out everywhere' }).click()
  await here.getByRole('link', { name: 'Stay signed in' }).click()
  assert.equal(pathOf(here), '/account/devices')
  await here.getByRole('link', { name: 'Sign out everywhere' }).click()
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
  await page.getByRole('status').waitFor()

  await page.getByRole('link', { name: 'Security', exact: true }).click()
  await page.getByRole('link', { name: 'Change password' }).click()
  await page.getByLabel('Current password').fill('not it')
  await page.getByLabel('New password', { exact: true }).fill('another quiet evening')
  await page.getByLabel('Repeat new password').fill('another quiet evening')
  await page.getByRole('button', { name: 'Change password' }).click()
  const field = page.getByLabel('Current password')
  assert.equal(await field.getAttribute('aria-invalid'), 'true')
  assert.match((await page.locator('#current-problem').textContent()) ?? '', /wrong/)

  await page.getByRole('button', { name: 'Русский' }).click()
  assert.equal(pathOf(page), '/account/password')
  await page.getByRole('heading', { name: 'Смена пароля' }).waitFor()
  await page.goto('/account/delete')
  await page.getByLabel('Пароль').fill(goodPassword)
  await page.getByRole('button', { name: 'Удалить аккаунт' }).click()
  assert.match((await page.getByRole('status').textContent()) ?? '', /Аккаунт удалён/)
})

test('scripts show passwords, rate new ones, keep typed text and report the time zone', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await startOnSqlite()
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', timezoneId: 'Asia/Tokyo' })
  const page = await context.newPage()
  page.setDefaultTimeout(pagePatienceMs)
  await page.goto('/sign-up')
  const password = page.getByLabel('New password').or(page.getByLabel('Password', { exact: true }))
  for (const [typed, verdict] of [
    ['short', 'Too short'],
    ['qwertyuiop1234567890', 'Weak'],
    ['purple kettle', 'Fair'],
    [goodPassword, 'Strong'],
  ] as const) {
    await password.fill(typed)
    await page.getByText(new RegExp(`^${verdict}`)).waitFor()
  }
  assert.equal(await page.getByLabel('Repeat password').count(), 0)
  await page.getByRole('button', { name: 'Show' }).click()
  assert.equal(await password.getAttribute('type'), 'text')
  assert.equal(await password.evaluate((field: { id: string }) => field.id), 'password')
  await page.getByRole('button', { name: 'Hide' }).click()
  assert.equal(await password.getAttribute('type'), 'password')

  await page.getByLabel('Email').fill('no email')
  await page.getByRole('button', { name: 'Create account', exact: true }).click()
  assert.match(await page.title(), /^Error: /)
  const email = newEmail()
  await page.getByLabel('Email').fill(email)
  await page.getByRole('button', { name: 'Русский' }).click()
  assert.equal(await page.locator('#email').inputValue(), email)
  assert.equal(await page.locator('#password').inputValue(), '')
  await page.getByRole('button', { name: 'English' }).click()
  await page.locator('#password').fill(goodPassword)
  await page.getByRole('button', { name: 'Create account', exact: true }).click()
  assert.equal(pathOf(page), '/account')
  const time = page.locator('time').first()
  const at = new Date((await time.getAttribute('datetime')) ?? '')
  const inTokyo = at.toLocaleString('en-GB', {
    ...{ dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Tokyo' },
  } as Intl.DateTimeFormatOptions)
  assert.equal(await time.getAttribute('title'), inTokyo)
})
