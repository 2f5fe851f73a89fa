import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { chromiumOrSkip, pagePatienceMs } from '#test/support/chromium.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { goodPassword, signedUp } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

async function signOutAndGoBack(page: Page, email: string): Promise<string> {
  await page.goto('/sign-in')
  await page.getByLabel('Email or username').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(goodPassword)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL('**/account')
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click()
  await page.waitForURL('**/sign-in')
  await page.waitForLoadState('networkidle')
  await page.goBack()
  await page.waitForLoadState('networkidle')
  return page.content()
}

for (const javaScriptEnabled of [true, false]) {
  test(`going back after a sign-out shows no account (scripts: ${javaScriptEnabled})`, async (t) => {
    const browser = await chromiumOrSkip(t, { keepsPages: true })
    if (!browser) return
    const { url } = await startServer(await freshDatabaseUrl('sqlite'))
    const { email } = await signedUp(clientAt(url))
    const context = await browser.newContext({ baseURL: url, javaScriptEnabled, locale: 'en-GB' })
    const page = await context.newPage()
    page.setDefaultTimeout(pagePatienceMs)
    const seen = await signOutAndGoBack(page, email)
    assert.ok(!seen.includes(email), `${page.url()} shows the account again`)
  })
}
