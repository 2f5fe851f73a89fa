import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { setPasswordOf } from '#src/accounts/set-password.ts'
import { byCli } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import { findUserByEmail } from '#src/users/users.sql.ts'
import { clientAt } from '#test/support/client.ts'
import { goodPassword, newEmail, type Person, signedUp } from '#test/support/people.ts'
import type { Stage, Staged } from '#test/support/staged-pages.ts'

/** Signs a new visitor up and in. */
export async function newcomer({ page, url }: Stage): Promise<Person> {
  const person = await signedUp(clientAt(url), { email: newEmail() })
  await signInAs(page, person.email)
  await page.waitForURL('**/account*')
  return person
}

export async function signInAs(page: Page, email: string): Promise<void> {
  if (!page.url().includes('/sign-in')) await page.goto('/sign-in')
  await page.locator('#login').fill(email)
  await page.locator('#password').fill(goodPassword)
  await page.locator('.fields .primary').click()
}

export async function signInAsAdmin({ page, filled }: Stage): Promise<void> {
  await signInAs(page, filled.email)
  await page.waitForURL('**/account*')
}

/** A visitor who has typed the right password, and needs more. */
async function almostIn(stage: Stage, change: (person: Person) => Promise<unknown>): Promise<void> {
  const person = await signedUp(clientAt(stage.url), { email: newEmail() })
  await change(person)
  await signInAs(stage.page, person.email)
  await stage.page.waitForURL('**/sign-in/**')
}

async function withFactors(stage: Stage): Promise<void> {
  const { query } = stage.world.db
  await almostIn(stage, ({ id }) => query(sql`update users set second_factors = 'totp' where id = ${id}`))
}

export const signInStages: readonly Staged[] = [
  {
    name: 'sign-up-with-errors',
    routes: [],
    async open({ page }) {
      await page.goto('/sign-up')
      await page.locator('.fields .primary').click()
    },
  },
  {
    name: 'sign-in-with-errors',
    routes: [],
    open: ({ page }) => signInAs(page, 'somebody@example.org'),
  },
  { name: 'sign-in-verify', routes: ['/sign-in/verify'], open: withFactors },
  {
    name: 'sign-in-verify-with-errors',
    routes: ['/sign-in/verify'],
    async open(stage) {
      await withFactors(stage)
      await stage.page.locator('#code').fill('12')
      await stage.page.locator('.fields .primary').click()
    },
  },
  {
    name: 'sign-in-verify-by-mail',
    routes: ['/sign-in/verify-by-mail'],
    open: (stage) =>
      almostIn(stage, ({ id }) =>
        stage.world.db.query(sql`update users set failed_passwords = 100, email_verified_at = 1
          where id = ${id}`),
      ),
  },
  {
    name: 'sign-in-new-password',
    routes: ['/sign-in/new-password'],
    open: (stage) =>
      almostIn(stage, ({ id: userId }) =>
        setPasswordOf(stage.world, {
          userId,
          password: goodPassword,
          mustChange: true,
          address: '',
          by: byCli,
        }),
      ),
  },
  {
    name: 'sign-in-after-the-session-was-ended',
    routes: [],
    async open(stage) {
      const { page, world } = stage
      const { email } = await newcomer(stage)
      const user = await findUserByEmail(world.db.query, email)
      assert.ok(user)
      await world.db.query(sql`update sessions set expires_at = 1, last_expires_at = 1
        where user_id = ${user.id}`)
      await page.goto('/account/devices')
    },
  },
]
