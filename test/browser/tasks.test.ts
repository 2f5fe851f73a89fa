import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { grantRole } from '#src/accounts/grant-role.ts'
import { byCli } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import { fillServer } from '#test/support/busy-server.ts'
import { chromiumOrSkip } from '#test/support/chromium.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { startServer } from '#test/support/server.ts'
import { signInAs } from '#test/support/staged-sign-in.ts'

/** A person at the account page who clicks on what the page names, without scripts. */
async function atAccount(browser: Browser) {
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'))
  const filled = await fillServer(world)
  const context = await browser.newContext({ baseURL: url, javaScriptEnabled: false, locale: 'en-GB' })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  await signInAs(page, filled.email)
  await page.waitForURL('**/account')
  return { page, world, filled }
}

const follow = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).first().click()

test('a user finds the device that signed in yesterday with one click', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { page, world } = await atAccount(browser)
  // The page shows the newest 25 rows: late in the day, those of today would fill it.
  await world.db.query(sql`delete from sign_ins where at >= ${new Date().setUTCHours(0, 0, 0, 0)}`)
  await follow(page, 'Activity')
  const rows = page.locator('h2:text-is("Yesterday") + .rows')
  assert.match(await rows.innerText(), /Signed in.*\d\d:\d\d UTC · Firefox 132 on Linux/s)
})

test('a user finds where to add a passkey with two clicks', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { page } = await atAccount(browser)
  await follow(page, 'Security')
  await follow(page, 'Add passkey')
  assert.ok(await page.getByRole('heading', { name: 'Passkeys' }).isVisible())
})

test('an administrator finds who became an administrator with three clicks', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { page, world, filled } = await atAccount(browser)
  await grantRole(world, { userId: filled.userId, role: 'admin', by: byCli })
  await follow(page, 'Console')
  await follow(page, 'Roles')
  await follow(page, 'Who was granted a role, and when')
  const row = page.getByRole('row').filter({ hasText: 'role.granted' }).filter({ hasText: 'admin' })
  assert.match(await row.first().innerText(), /Command line.*hopper\.1@example\.org.*just now/s)
})

test('an administrator reads why a user cannot sign in after a search', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { page, world, filled } = await atAccount(browser)
  await world.db.query(sql`update users set failed_passwords = 100 where id = ${filled.userId}`)
  await follow(page, 'Console')
  await follow(page, 'Users')
  await page.locator('#q').fill('hopper')
  await page.getByRole('button', { name: 'Search' }).click()
  await follow(page, 'Grace Hopper')
  assert.ok(await page.getByText('This user cannot sign in').isVisible())
  assert.ok(await page.getByText('The password is locked after 100 wrong ones in a row.').isVisible())
})

test('an administrator finds the setting for the origin of a single-page app', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { page } = await atAccount(browser)
  await follow(page, 'Console')
  await follow(page, 'Settings')
  await page.locator('#q').fill('spa origin')
  await page.getByRole('button', { name: 'Search' }).click()
  assert.ok(await page.getByText('SIGIL_CORS_ORIGINS').isVisible())
})
