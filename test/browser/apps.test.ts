import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import {
  authorizePath,
  claimsIn,
  formCall,
  newPkce,
  registerApi,
  registerApp,
  tokenCall,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { chromiumOrSkip, pagePatienceMs } from '#test/support/chromium.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { goodPassword, newEmail, signedUp } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

/** An app on another origin, which shows the requests that it receives. */
async function appPage(): Promise<string> {
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return response.end(`Arrived with ${request.url}`)
    let body = ''
    for await (const piece of request) body += piece
    // Like some apps, it redirects from one of its hosts to another.
    const { port } = server.address() as AddressInfo
    response.writeHead(303, { location: `http://localhost:${port}/home?${body}` }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
}

test('a browser signs in, consents and returns to an app on another origin', async (t) => {
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
    page.setDefaultTimeout(pagePatienceMs)
    await page.goto(authorizePath(app, newPkce(), { scope: 'openid email read', prompt: 'consent' }))
    await page.getByLabel('Email or username').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(goodPassword)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    assert.match(page.url(), /\/consent\//)
    await page.getByText('Read your notes').waitFor()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText(/Arrived with \/callback\?code=/).waitFor()
  }
})

test('a browser without scripts connects a device by its code', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'))
  const email = newEmail()
  await signedUp(clientAt(url), { email })
  const app = await registerApp(world, { kind: 'native', name: 'TV', redirectUris: [] })
  const begun = await formCall(clientAt(url), '/oauth/device_authorization', app, { scope: 'openid email' })
  const { user_code, device_code, verification_uri } = JSON.parse(begun.text)
  assert.equal(new URL(verification_uri).pathname, '/device')
  const context = await browser.newContext({ baseURL: url, javaScriptEnabled: false, locale: 'en-GB' })
  const page = await context.newPage()
  page.setDefaultTimeout(pagePatienceMs)
  await page.goto('/device')
  await page.getByLabel('Email or username').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(goodPassword)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  const typed = page.getByRole('textbox')
  await typed.fill('WRNG-CODE')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('alert').waitFor()
  await typed.fill(user_code.toLowerCase().replace('-', ' '))
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText(user_code).waitFor()
  await page.getByText('TV').first().waitFor()
  await page.getByRole('button', { name: 'Allow' }).click()
  assert.match(page.url(), /\/device\?outcome=allowed$/)
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const reply = await tokenCall(clientAt(url), app, { grant_type, device_code })
  assert.equal(claimsIn(tokensIn(reply).id_token).email, email)
})

test('a browser posts the response to an app by a script or a button, after a fresh proof', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'))
  const email = newEmail()
  await signedUp(clientAt(url), { email })
  const app = await registerApp(world, { redirectUris: [await appPage()] })
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({ baseURL: url, javaScriptEnabled, locale: 'en-GB' })
    const page = await context.newPage()
    page.setDefaultTimeout(pagePatienceMs)
    const request = () => authorizePath(app, newPkce(), { response_mode: 'form_post', prompt: 'login' })
    await page.goto(request())
    await page.getByLabel('Email or username').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(goodPassword)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    if (!javaScriptEnabled) await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText(/Arrived with \/home\?code=/).waitFor()
    await page.goto(request())
    await page.getByText(`confirm that you are ${email}`).waitFor()
    await page.getByLabel('Password', { exact: true }).fill(goodPassword)
    await page.getByRole('button', { name: 'Confirm', exact: true }).click()
    if (!javaScriptEnabled) await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText(/Arrived with \/home\?code=/).waitFor()
  }
})
