import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runNginxOwnHost } from '#test/deploy/own-host-site.ts'
import { startApp } from '#test/deploy/protected-app.ts'
import { registerSite, trusting } from '#test/support/app-host.ts'
import { chromiumOrSkip, pagePatienceMs } from '#test/support/chromium.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'
import { goodPassword, newEmail, signedUp } from '#test/support/people.ts'
import { programOrSkip } from '#test/support/programs.ts'
import { startServer } from '#test/support/server.ts'

test('a browser opens a page of an app on another site, signs in, consents, and signs out', async (t) => {
  const nginx = programOrSkip('nginx', t)
  const browser = nginx && (await chromiumOrSkip(t))
  if (!browser) return
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'), trusting)
  const email = newEmail()
  await signedUp(clientAt(url), { email })
  const [own, app] = [await freePort(), await startApp()]
  await runNginxOwnHost(nginx, { own, sigil: new URL(url).port, app: app.port })
  // For a browser, `app.localhost` and `localhost` are two sites.
  const host = `app.localhost:${own}`
  await registerSite(world, { name: 'Wiki', hosts: [host], isFirstParty: false })
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({ javaScriptEnabled, locale: 'en-GB' })
    const page = await context.newPage()
    page.setDefaultTimeout(pagePatienceMs)
    await page.goto(`http://${host}/page?a=1&b=2`)
    await page.getByLabel('Email or username').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(goodPassword)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    if (javaScriptEnabled) {
      await page.getByText('You will return to').waitFor()
      await page.getByRole('button', { name: 'Allow' }).click()
    }
    await page.getByText('"path":"/page?a=1&b=2"').waitFor()
    assert.equal(page.url(), `http://${host}/page?a=1&b=2`)
    const text = await page.innerText('body')
    assert.match(text, /"x-auth-user-id":"[\w-]{22}"/)
    assert.doesNotMatch(text, /sigil_/)
    // The app's cookies are limited to its host.
    const names = (await context.cookies(`http://${host}`)).map(({ name }) => name).sort()
    assert.deepEqual(names, ['sigil_app_browser', 'sigil_ticket'])

    await page.goto(`http://${host}/.sigil/sign-out`)
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.getByLabel('Email or username').waitFor()
    await page.goto(`http://${host}/page`)
    await page.getByLabel('Email or username').waitFor()
    assert.ok(page.url().startsWith(url), page.url())
    await context.close()
  }
})
