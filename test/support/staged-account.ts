import { mailbox } from '#src/mail/mailbox.ts'
import { systemClock } from '#src/platform/clock.ts'
import { sql } from '#src/store/sql.ts'
import { openSessions } from '#test/support/lived-in-user.ts'
import type { Stage, Staged } from '#test/support/staged-pages.ts'
import { newcomer, signInAs } from '#test/support/staged-sign-in.ts'
import { codeAt } from '#test/support/totp.ts'

const hourMs = 60 * 60 * 1000

/** The page that shows the secret of an authenticator app. */
async function setUpTotp(stage: Stage): Promise<void> {
  await newcomer(stage)
  await stage.page.goto('/account/security/totp')
  await stage.page.locator('main .primary').click()
}

async function withTotp(stage: Stage): Promise<void> {
  await setUpTotp(stage)
  const { page } = stage
  const secret = ((await page.locator('.secret code').textContent()) ?? '').replaceAll(' ', '')
  await page.locator('#code').fill(codeAt(secret, systemClock.now()))
  await page.locator('main button.primary').click()
  await page.locator('.codes').waitFor()
}

/** A user of years, with long names, 50 sessions and 200 rows of activity. */
async function longUse(stage: Stage): Promise<void> {
  const { page, world } = stage
  const person = await newcomer(stage)
  const suffix = person.id.slice(0, 6).toLowerCase()
  const username = `wolfeschlegelsteinhausenberger-${suffix}`
  const host = `${'very-long-subdomain.'.repeat(7)}example.org`
  const email = `longest.possible.local.part.of.an.email.address.${suffix}@${host}`
  await world.db.query(sql`update users set email = ${email},
    full_name = ${'Hubert Blaine Wolfeschlegelsteinhausenbergerdorff der Ältere'},
    username = ${username}, username_key = ${username} where id = ${person.id}`)
  await openSessions(world, person.id, 50)
  await longHistory(stage, person.id)
  await page.goto('/account')
}

async function longHistory({ world: { db, clock } }: Stage, userId: string): Promise<void> {
  const outcomes = ['signed_in', 'signed_in', 'wrong_credentials', 'signed_in', 'limited', 'disabled']
  await db.transaction(async (query) => {
    for (let row = 0; row < 200; row++) {
      const outcome = outcomes[row % outcomes.length] ?? 'signed_in'
      const address = row % 3 === 0 ? '2001:db8:85a3:8d3:1319:8a2e:370:7348' : '192.0.2.7'
      await query(sql`insert into sign_ins (id, user_id, at, outcome, method, attempts, address, user_agent)
        values (${`${userId}-${row}`}, ${userId}, ${clock.now() - row * 7 * hourMs}, ${outcome}, 'password',
          ${outcome === 'limited' ? 30 : 1}, ${address},
          'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0')`)
    }
  })
}

function longUsePage(path: string): Staged {
  return {
    name: `long-use-${path.slice(1).replaceAll('/', '-')}`,
    routes: [],
    async open(stage) {
      await longUse(stage)
      await stage.page.goto(path)
    },
  }
}

export const accountStages: readonly Staged[] = [
  { name: 'account-new', routes: [], open: newcomer },
  ...['/account', '/account/devices', '/account/history', '/account/profile'].map(longUsePage),
  { name: 'account-security-totp-secret', routes: [], open: setUpTotp },
  { name: 'account-security-codes', routes: ['/account/security/recovery-codes'], open: withTotp },
  {
    name: 'account-security-remove',
    routes: ['/account/security/:factor/remove'],
    async open(stage) {
      await withTotp(stage)
      await stage.page.goto('/account/security/totp/remove')
    },
  },
  {
    name: 'account-security-with-factor',
    routes: [],
    async open(stage) {
      await withTotp(stage)
      await stage.page.goto('/account/security')
    },
  },
  {
    name: 'account-passkeys-offer',
    routes: ['/account/passkeys/offer'],
    async open(stage) {
      await newcomer(stage)
      await stage.page.goto('/account/passkeys/offer')
    },
  },
  {
    name: 'account-connections-confirm',
    routes: ['/account/connections/confirm'],
    async open(stage) {
      await newcomer(stage)
      await stage.page.goto('/account/connections')
      await stage.page.locator('a[href$="/company/link"]').click()
    },
  },
  {
    name: 'admin-forbidden',
    routes: [],
    async open(stage) {
      await newcomer(stage)
      await stage.page.goto('/admin')
    },
  },
  {
    name: 'dev-mail-with-mails',
    routes: [],
    async open({ page, world }) {
      await page.goto('/forgot-password')
      await page.locator('#email').fill('hopper.1@example.org')
      await page.locator('main .primary').click()
      while (mailbox(world).list().length === 0) await new Promise(setImmediate)
      await page.goto('/dev/mail')
    },
  },
  {
    name: 'account-change-email-with-errors',
    routes: [],
    async open(stage) {
      await newcomer(stage)
      await stage.page.goto('/account/email')
      await stage.page.locator('main .primary').click()
    },
  },
  { name: 'sign-in-again', routes: [], open: (stage) => again(stage) },
]

/** A visitor who has been here before, with what the browser remembers. */
async function again(stage: Stage): Promise<void> {
  const { email } = await newcomer(stage)
  const { page } = stage
  await page.locator('.out button, .you button').first().click()
  await page.waitForURL('**/sign-in*')
  await signInAs(page, email)
  await page.waitForURL('**/account*')
  await page.locator('.out button, .you button').first().click()
  await page.waitForURL('**/sign-in*')
}
