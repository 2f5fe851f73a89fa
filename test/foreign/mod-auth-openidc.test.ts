import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { browserAt } from '#test/support/client.ts'
import {
  arriveAt,
  type ForeignApp,
  registerForeignApp,
  runForeignApp,
  serverOfForeignApps,
} from '#test/support/foreign-app.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { programOrSkip } from '#test/support/programs.ts'
import { rowsIn } from '#test/support/stored-rows.ts'

const modules = '/usr/lib/apache2/modules'

test('mod_auth_openidc signs a user in, refreshes, and detects that the user signed out', async (t) => {
  const apache = programOrSkip('apache2', t)
  if (!apache) return
  if (!existsSync(`${modules}/mod_auth_openidc.so`)) return t.skip('mod_auth_openidc was not found.')
  const upstream = createServer((request, response) => response.end(`${request.headers.oidc_claim_sub}`))
  upstream.listen(0, '127.0.0.1')
  after(() => upstream.close())
  await once(upstream, 'listening')
  const foreign = await registerForeignApp(
    await serverOfForeignApps(),
    '/callback',
    '/callback?logout=backchannel',
  )
  const folder = mkdtempSync(join(tmpdir(), 'sigil-apache-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const config = join(folder, 'apache.conf')
  writeFileSync(config, configOf(foreign, folder, (upstream.address() as AddressInfo).port))
  await runForeignApp(foreign, [apache, '-f', config, '-D', 'FOREGROUND'])

  const { sigil, app, appUrl } = foreign
  const [browser, sigilBrowser] = [browserAt(appUrl), browserAt(sigil.url)]
  const grant = async () =>
    (await rowsIn(sigil.world.db.query, 'grants', { column: 'client_id', is: app.id }))[0]
  await arrivedOnPage(sigilBrowser)
  const page = await arriveAt(foreign, { browser, sigilBrowser, at: '/' })
  assert.equal(page.text, (await grant())?.user_id)
  while (Number((await grant())?.counter) === 0) assert.equal((await browser.get('/')).status, 200)

  await sendForm(sigilBrowser, '/sign-out')
  // A logout token, which Sigil sends in the background, ends the session of the module.
  while ((await browser.get('/', asPage)).status === 200);
  assert.equal((await browser.get('/', asPage)).status, 302)

  await arrivedOnPage(sigilBrowser)
  await arriveAt(foreign, { browser, sigilBrowser, at: '/' })
  const signOutPath = `/callback?logout=${encodeURIComponent(`${appUrl}/`)}`
  const leaving = new URL((await browser.get(signOutPath)).headers.location ?? '')
  const left = await sigilBrowser.get(leaving.pathname + leaving.search)
  assert.equal(left.headers.location, `${appUrl}/`)
  assert.equal((await browser.get('/', asPage)).status, 302)
  assert.match((await sigilBrowser.get('/account')).headers.location ?? '', /^\/sign-in/)
})

const asPage = { headers: { accept: 'text/html' } }

/** The access tokens of the server live for 9 s, so each is refreshed after a second. */
function configOf({ appUrl, app, env }: ForeignApp, folder: string, upstream: number): string {
  const loaded = [
    'mpm_event',
    'authn_core',
    'authz_core',
    'authz_user',
    'proxy',
    'proxy_http',
    'auth_openidc',
  ]
  return `
${loaded.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
ServerRoot ${folder}
ServerName localhost
Listen ${new URL(appUrl).host}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
User daemon
Group daemon
OIDCProviderMetadataURL ${env.ISSUER}/.well-known/openid-configuration
OIDCClientID ${env.CLIENT_ID}
OIDCClientSecret "${env.CLIENT_SECRET}"
OIDCRedirectURI ${app.redirectUri}
OIDCCryptoPassphrase "${env.COOKIE_SECRET}"
OIDCScope "openid email profile"
OIDCPKCEMethod S256
OIDCCacheType shm
OIDCRefreshAccessTokenBeforeExpiry 8
<Location />
  AuthType openid-connect
  Require valid-user
  ProxyPass http://127.0.0.1:${upstream}/
</Location>
`
}
