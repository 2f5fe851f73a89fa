import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { authorizePath, newPkce, registerApi, registerApp } from '#test/support/app-sign-in.ts'
import { chromiumOrSkip } from '#test/support/chromium.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { goodPassword, newEmail, signedUp } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

/** An app on another origin, which shows what it is sent. */
async function appPage(): Promise<string> {
  const server = createServer((request, response) => response.end(`Arrived with ${request.url}`))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
}

test('a browser signs in, agrees and arrives at an app on another origin', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'))
  const email = newEmail()
  await signedUp(clientAt(url), { email })
  const api = await registerApi(world, { read: 'Read your notes' })
  const redirectUris = [await appPage()]
  const apis = [{ name: api.name }]
  const app = await registerApp(world, { kind: 'browser', isFirstParty: false, redirectUris, apis })
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({ baseURL: url, javaScriptEnabled, locale: 'en-GB' })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(authorizePath(app, newPkce(), { scope: 'openid email read', prompt: 'consent' }))
    await page.getByLabel('Email or username').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(goodPassword)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    assert.match(page.url(), /\/consent\//)
    assert.ok(await page.getByText('Read your notes').isVisible())
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText(/Arrived with \/callback\?code=/).waitFor()
  }
})
