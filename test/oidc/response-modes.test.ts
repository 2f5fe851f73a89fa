import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerToApp,
  authorizePath,
  exchange,
  locationOf,
  newPkce,
  registerApp,
} from '#test/support/app-sign-in.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import type { Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'

/** The form of a page that posts a response to an app. */
function formIn({ text }: Reply): { action: string; fields: Record<string, string> } {
  const [, action = '', inputs = ''] =
    /<form method="post" action="([^"]*)" data-send>(.*?)<\/form>/s.exec(text) ?? []
  const fields = [...inputs.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [
    name,
    value,
  ])
  return { action, fields: Object.fromEntries(fields) }
}

onBothEngines('answers of the authorization endpoint by form', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  test('response_mode=form_post returns our own form, with a button and its own policy', async () => {
    const app = await registerApp(world())
    const browser = await visitor()
    const pkce = newPkce()
    const state = '"><script>alert(1)</script>'
    const page = await browser.get(authorizePath(app, pkce, { response_mode: 'form_post', state }))
    assert.equal(page.status, 200)
    const { action, fields } = formIn(page)
    assert.equal(action, app.redirectUri)
    assert.deepEqual(Object.keys(fields).sort(), ['code', 'iss', 'state'])
    assert.equal(fields.state, '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
    assert.doesNotMatch(page.text, /<script(?! type="module" src="\/assets\/)/)
    assert.match(page.text, /<button class="primary">Continue<\/button>/)
    const policy = String(page.headers['content-security-policy'])
    assert.match(policy, /form-action 'self' https:;/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.equal(page.headers['cache-control'], 'no-store')
    const code = fields.code ?? ''
    assert.equal((await exchange(client(), app, { code, code_verifier: pkce.verifier })).status, 200)
  })

  test('errors are posted too, but never to a wrong redirect URI', async () => {
    const app = await registerApp(world(), { isFirstParty: false })
    const browser = await visitor()
    const more = { response_mode: 'form_post' }
    const silent = await browser.get(authorizePath(app, newPkce(), { ...more, prompt: 'none' }))
    const { error, state, iss } = formIn(silent).fields
    const issuer = world().settings.publicUrl
    assert.deepEqual([error, state, iss], ['consent_required', 'of the app', issuer])
    const consent = locationOf(await browser.get(authorizePath(app, newPkce(), more)))
    const resumed = await browser.get(locationOf(await sendForm(browser, consent, { decision: 'refuse' })))
    assert.equal(formIn(resumed).fields.error, 'access_denied')
    const evil = { ...app, redirectUri: 'https://evil.example/callback' }
    const refused = await browser.get(authorizePath(evil, newPkce(), more))
    assert.deepEqual([refused.status, formIn(refused).action], [400, ''])
  })
})

onBothEngines('authorization requests by form', (engine) => {
  const { world, visitor } = attackedServer(engine)

  test('a request that another site posts becomes a link, with the session of the browser', async () => {
    const app = await registerApp(world())
    const browser = await visitor()
    const query = authorizePath(app, newPkce(), { scope: 'openid email' }).split('?')[1] ?? ''
    const fields = Object.fromEntries(new URLSearchParams(query))
    for (const origin of ['https://app.example.com', 'null']) {
      const headers = { origin, 'sec-fetch-site': 'cross-site' }
      const sent = await sendForm(browser, '/oauth/authorize', fields, headers)
      assert.equal(sent.status, 303, sent.text)
      const answer = await answerToApp(browser, locationOf(sent), app)
      assert.deepEqual([answer.get('state'), answer.has('code')], ['of the app', true])
    }
    const long = await sendForm(browser, '/oauth/authorize', { ...fields, nonce: 'x'.repeat(9000) })
    assert.match(long.text, /\/docs\/errors\/invalid_app_request/)
  })
})
