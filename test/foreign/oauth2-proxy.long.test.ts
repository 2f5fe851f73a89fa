import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { browserAt } from '#test/support/client.ts'
import {
  arriveAt,
  registerForeignApp,
  runForeignApp,
  serverOfForeignApps,
} from '#test/support/foreign-app.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { programOrSkip } from '#test/support/programs.ts'
import { rowsIn } from '#test/support/stored-rows.ts'

const folder = fileURLToPath(new URL('../../.cache/oauth2-proxy', import.meta.url))
const program = `${folder}/oauth2-proxy`
const module = 'github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6'

test('oauth2-proxy signs a user in, refreshes, and detects that the user signed out', async (t) => {
  const go = programOrSkip('go', t)
  if (!go) return
  if (!existsSync(program)) {
    const env = { ...process.env, GOBIN: folder, GOFLAGS: '-buildvcs=false' }
    try {
      await promisify(execFile)(go, ['install', module], { env, timeout: 900_000 })
    } catch {
      return t.skip(`${module} cannot be built here.`)
    }
  }
  const upstream = createServer((request, response) => response.end(`${request.headers['x-forwarded-user']}`))
  upstream.listen(0, '127.0.0.1')
  after(() => upstream.close())
  await once(upstream, 'listening')
  const foreign = await registerForeignApp(await serverOfForeignApps(), '/oauth2/callback')
  const { sigil, app, appUrl, env } = foreign
  await runForeignApp(foreign, [
    program,
    '--provider=oidc',
    `--oidc-issuer-url=${env.ISSUER}`,
    `--client-id=${env.CLIENT_ID}`,
    `--client-secret=${env.CLIENT_SECRET}`,
    `--redirect-url=${app.redirectUri}`,
    `--http-address=${new URL(appUrl).host}`,
    `--upstream=http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    '--cookie-secret=0123456789abcdef0123456789abcdef',
    '--cookie-secure=false',
    '--cookie-refresh=1s',
    '--code-challenge-method=S256',
    '--scope=openid email profile',
    '--email-domain=*',
    '--insecure-oidc-allow-unverified-email',
    '--skip-provider-button',
  ])
  const [browser, sigilBrowser] = [browserAt(appUrl), browserAt(sigil.url)]
  await arrivedOnPage(sigilBrowser)
  const page = await arriveAt(foreign, { browser, sigilBrowser, at: '/' })
  const grant = async () =>
    (await rowsIn(sigil.world.db.query, 'grants', { column: 'client_id', is: app.id }))[0]
  assert.equal(page.text, (await grant())?.user_id)
  while (Number((await grant())?.counter) === 0) assert.equal((await browser.get('/')).status, 200)
  await sendForm(sigilBrowser, '/sign-out')
  // It checks at most once a second.
  while ((await browser.get('/')).status === 200);
  assert.equal((await browser.get('/')).status, 302)
})
