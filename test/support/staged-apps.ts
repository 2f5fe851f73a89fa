import type { Page } from 'playwright-core'
import { registerSite } from '#test/support/app-host.ts'
import { authorizePath, formCall, newPkce, registerApi, registerApp } from '#test/support/app-sign-in.ts'
import { clientAt } from '#test/support/client.ts'
import type { Stage, Staged } from '#test/support/staged-pages.ts'
import { newcomer } from '#test/support/staged-sign-in.ts'

const longName = 'Notes for the whole family, and for everybody who ever writes anything down anywhere'

/** An app of a third party that asks for much. */
async function askingApp({ world }: Stage, name: string) {
  const scopes = {
    read: 'Read your notes',
    write: 'Create, change and delete your notes, also those that other people have shared with you',
  }
  const { name: api } = await registerApi(world, scopes)
  return registerApp(world, { name, isFirstParty: false, apis: [{ name: api }] })
}

async function askForConsent(stage: Stage, name: string): Promise<void> {
  const app = await askingApp(stage, name)
  await newcomer(stage)
  const scope = 'openid email profile offline_access read write'
  await stage.page.goto(authorizePath(app, newPkce(), { scope, prompt: 'consent' }))
}

async function showDeviceCode(stage: Stage): Promise<Page> {
  const { page, url, world } = stage
  const app = await registerApp(world, { kind: 'native', name: 'Living room TV', redirectUris: [] })
  const begun = await formCall(clientAt(url), '/oauth/device_authorization', app, { scope: 'openid email' })
  await newcomer(stage)
  await page.goto(`/device?user_code=${JSON.parse(begun.text).user_code}`)
  return page
}

export const appStages: readonly Staged[] = [
  { name: 'consent', routes: ['/consent/:uid'], open: (stage) => askForConsent(stage, 'Notes') },
  { name: 'consent-long-name', routes: ['/consent/:uid'], open: (stage) => askForConsent(stage, longName) },
  {
    name: 'account-choice',
    routes: ['/oauth/account/:uid'],
    async open(stage) {
      const app = await registerApp(stage.world)
      await newcomer(stage)
      await stage.page.goto(authorizePath(app, newPkce(), { prompt: 'select_account' }))
    },
  },
  {
    name: 'oauth-sign-in',
    routes: [],
    async open(stage) {
      const app = await registerApp(stage.world, { name: longName })
      await stage.page.goto(authorizePath(app, newPkce()))
    },
  },
  {
    name: 'oauth-unknown-app',
    routes: ['/oauth/authorize'],
    open: ({ page }) =>
      page.goto('/oauth/authorize?client_id=unknown&redirect_uri=https://app.example.com/callback'),
  },
  {
    name: 'oauth-unregistered-redirect',
    routes: ['/oauth/authorize'],
    async open({ page, world }) {
      const app = await registerApp(world)
      const redirect_uri = 'https://other.example.com/callback'
      await page.goto(authorizePath(app, newPkce(), { redirect_uri }))
    },
  },
  { name: 'device-confirm', routes: [], open: showDeviceCode },
  {
    name: 'device-allowed',
    routes: [],
    async open(stage) {
      const page = await showDeviceCode(stage)
      await page.locator('button[value=allow]').click()
    },
  },
  {
    name: 'device-with-errors',
    routes: [],
    async open(stage) {
      await newcomer(stage)
      await stage.page.goto('/device')
      await stage.page.locator('main input:not([type=hidden])').first().fill('WRNG-CODE')
      await stage.page.locator('main .primary').click()
    },
  },
  {
    name: 'hosts-consent',
    routes: ['/hosts/consent'],
    async open(stage) {
      const { host } = await registerSite(stage.world, { isFirstParty: false })
      await newcomer(stage)
      await stage.page.goto(`/hosts/consent?host=${host}&next=/page`)
    },
  },
]
