import { setPasswordOf } from '#src/accounts/set-password.ts'
import { byCli } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import { goodPassword } from '#test/support/people.ts'
import type { Stage, Staged } from '#test/support/staged-pages.ts'
import { signInAsAdmin } from '#test/support/staged-sign-in.ts'

/** A page of the console, and what is done on it. */
function inConsole(name: string, path: string, act: (stage: Stage) => Promise<unknown>): Staged {
  return {
    name,
    routes: [],
    async open(stage) {
      await signInAsAdmin(stage)
      await stage.page.goto(path)
      await act(stage)
    },
  }
}

const newApp = '/admin/apps/new'

export const consoleStages: readonly Staged[] = [
  {
    ...inConsole('admin-audit-event', '/admin/audit', ({ page }) =>
      page.locator('td.headline a').first().click(),
    ),
    routes: ['/admin/audit/:id'],
  },
  {
    ...inConsole('admin-session-end', '/admin', async ({ page, filled }) => {
      await page.goto(`/admin/users/${filled.userId}`)
      await page.locator('a[href$="/end"]').first().click()
    }),
    routes: ['/admin/users/:id/sessions/:sid/end'],
  },
  inConsole('admin-apps-new-with-errors', newApp, async ({ page }) => {
    await page.locator('#redirect_uris').fill('not a url')
    await page.locator('main .primary').click()
  }),
  ...(['browser', 'native', 'machine', 'proxy'] as const).map((kind) =>
    inConsole(`admin-apps-new-${kind}`, newApp, ({ page }) => page.locator(`input[value=${kind}]`).check()),
  ),
  inConsole('admin-apps-new-created', newApp, async ({ page }) => {
    await page.locator('#name').fill('Reports')
    await page.locator('#redirect_uris').fill('https://reports.example.org/callback')
    await page.locator('main .primary').click()
  }),
  inConsole('admin-users-bulk-preview', '/admin/users', async ({ page }) => {
    for (const box of await page.locator('td.pick input').all()) await box.check()
    await page.locator('button[value=disable]').click()
  }),
  inConsole('admin-audit-filtered', '/admin/audit?event=user.role_granted', async () => {}),
  inConsole('admin-user-who-cannot-sign-in', '/admin', async ({ page, world, filled }) => {
    const { userId } = filled
    const setting = { userId, password: goodPassword, mustChange: true, address: '', by: byCli }
    await setPasswordOf(world, setting)
    await world.db.query(sql`update users set state = 'disabled', disabled_at = 1, failed_passwords = 100
      where id = ${userId}`)
    await page.goto(`/admin/users/${userId}`)
    await world.db.query(sql`update users set state = 'active', disabled_at = null, failed_passwords = 0
      where id = ${userId}`)
  }),
]
