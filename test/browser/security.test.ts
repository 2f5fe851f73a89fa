import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { systemClock } from '#src/platform/clock.ts'
import { chromiumOrSkip, pagePatienceMs } from '#test/support/chromium.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { goodPassword, newEmail } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { codeAt } from '#test/support/totp.ts'

const pathOf = (page: Page) => new URL(page.url()).pathname

test('a user adds an authenticator app and signs in with it, without scripts', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url } = await startServer(await freshDatabaseUrl('sqlite'))
  const context = await browser.newContext({ baseURL: url, javaScriptEnabled: false, locale: 'en-GB' })
  const page = await context.newPage()
  page.setDefaultTimeout(pagePatienceMs)
  const email = await signedUp(page)
  await page.getByRole('link', { name: 'Security', exact: true }).click()
  await page.getByRole('link', { name: 'Add authenticator app' }).click()
  await page.getByRole('button', { name: 'Set up the app' }).click()
  const { width = 0, height = 0 } = (await page.locator('.qr svg').boundingBox()) ?? {}
  assert.ok(width >= 150 && Math.abs(width - height) < 2, `${width} x ${height}`)
  const secret = await keyOn(page)
  await page.getByLabel('Code from the app').fill(codeAt(secret, systemClock.now()))
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.locator('.codes li').nth(9).waitFor()
  assert.equal(await page.locator('.codes li').count(), 10)
  const shown = await page.locator('.codes li').allTextContents()
  const [recoveryCode = ''] = shown
  const downloading = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download' }).click()
  const file = await (await downloading).path()
  assert.equal(readFileSync(file, 'utf8'), `${shown.join('\n')}\n`)
  await page.getByRole('link', { name: 'I have saved them' }).click()
  assert.equal(pathOf(page), '/account/security')

  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.goto('/account/history')
  await page.getByLabel('Email or username').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(goodPassword)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  assert.equal(pathOf(page), '/sign-in/verify')
  await page.getByLabel('Code from the app').fill('12')
  await page.getByRole('button', { name: 'Continue' }).click()
  assert.equal(await page.getByLabel('Code from the app').getAttribute('aria-invalid'), 'true')
  await page.getByRole('link', { name: 'Use a recovery code' }).click()
  await page.getByLabel('Recovery code').fill(recoveryCode.toLowerCase())
  await page.getByLabel('Do not ask for a code on this device').check()
  await page.getByRole('button', { name: 'Continue' }).click()
  assert.equal(pathOf(page), '/account/history')
  await page.goto('/account/security')
  await page.getByRole('button', { name: /Stop trusting/ }).waitFor()
})

const looks = [
  { locale: 'en', colorScheme: 'dark', width: 320 },
  { locale: 'ru', colorScheme: 'light', width: 1280 },
] as const

for (const look of looks) {
  const { locale, colorScheme, width } = look
  test(`two-step verification is accessible and fits: ${locale}, ${colorScheme}, ${width} px`, async (t) => {
    const browser = await chromiumOrSkip(t)
    if (!browser) return
    const { url } = await startServer(await freshDatabaseUrl('sqlite'))
    const page = await reader(browser, url, look)
    const email = await signedUp(page)
    await judged(page, '/account/security')
    await judged(page, '/account/security/totp')
    await page.locator('.primary').click()
    await judged(page)
    await page.locator('#code').fill('1')
    await page.locator('.primary').click()
    await judged(page)
    await page.locator('#code').fill(codeAt(await keyOn(page), systemClock.now()))
    await page.locator('main button.primary').click()
    await judged(page)
    const codes = await page.locator('.codes li').allTextContents()
    await judged(page, '/account/security/totp/remove')
    await judged(page, '/account/confirm?method=recovery_code&next=/account/security/totp/remove')
    await page.locator('#code').fill(codes[0] ?? '')
    await page.locator('.primary').click()
    await judged(page)
    await judged(page, '/account/security/recovery-codes')
    await page.locator('.out button').click()
    await page.goto('/sign-in')
    await page.locator('#login').fill(email)
    await page.locator('#password').fill(goodPassword)
    await page.locator('.primary').click()
    await judged(page)
    await page.goto('/sign-in/verify?method=recovery_code')
    await page.locator('#code').fill(codes[1] ?? '')
    await page.locator('#trust_device').check()
    await judged(page)
    await page.locator('.primary').click()
    await judged(page, '/account/security')
  })
}

async function reader(browser: Browser, url: string, look: (typeof looks)[number]): Promise<Page> {
  const { locale, colorScheme, width } = look
  const viewport = { width, height: 700 }
  const context = await browser.newContext({ baseURL: url, locale, colorScheme, viewport, bypassCSP: true })
  const page = await context.newPage()
  page.setDefaultTimeout(pagePatienceMs)
  return page
}

async function signedUp(page: Page): Promise<string> {
  const email = newEmail()
  await page.goto('/sign-up')
  await page.locator('#email').fill(email)
  await page.locator('#password').fill(goodPassword)
  // Only without scripts.
  const repeat = page.locator('#repeat_password')
  if (await repeat.isVisible()) await repeat.fill(goodPassword)
  await page.locator('.primary').click()
  return email
}

async function keyOn(page: Page): Promise<string> {
  return ((await page.locator('.secret code').textContent()) ?? '').replaceAll(' ', '')
}

type Verdict = { violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }

async function judged(page: Page, path?: string): Promise<void> {
  if (path !== undefined) await page.goto(path)
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<Verdict>('axe.run(document)')
  const found = violations.map(({ id, nodes }) => [id, nodes.map((node) => node.failureSummary ?? node.html)])
  assert.deepEqual(found, [], page.url())
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  assert.ok(overflow <= 0, `${page.url()} is ${overflow} pixels too wide`)
}
