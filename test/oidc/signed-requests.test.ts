import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type JWTPayload, SignJWT } from 'jose'
import {
  answerToApp,
  authorizePath,
  callback,
  formCall,
  newPkce,
  registerApp,
  type TestApp,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { assertionOf, type ClientKey, newClientKey } from '#test/support/client-keys.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

type About = { readonly app: TestApp; readonly key: ClientKey; readonly issuer: string }

/** A signed authorization request (RFC 9101); claims that are undefined are left out. */
function requestObject({ app, key, issuer }: About, more: JWTPayload = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    ...{ iss: app.id, aud: issuer, iat: now, nbf: now, exp: now + 60, client_id: app.id },
    ...{ response_type: 'code', redirect_uri: callback, scope: 'openid', state: 'of the app' },
    ...{ code_challenge: newPkce().challenge, code_challenge_method: 'S256' },
    ...more,
  }
  return new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid }).sign(key.privateKey)
}

onBothEngines('signed authorization requests', (engine) => {
  const server = serverForSuite(engine)

  test('an app that must sign its requests gets a code only for a signed one', async () => {
    const { about, browser, send } = await signer(server())
    const plain = await answerToApp(browser, authorizePath(about.app, newPkce()), about.app)
    assert.equal(plain.get('error'), 'invalid_request')
    const answer = await send(await requestObject(about))
    assert.ok(answer.get('code'), `${answer}`)
    assert.equal(answer.get('state'), 'of the app')
  })

  test('parameters outside a signed request have no effect', async () => {
    const { about, send } = await signer(server())
    const answer = await send(await requestObject(about), { state: 'forged', nonce: 'forged' })
    assert.equal(answer.get('state'), 'of the app')
  })

  test('a request that is signed by another key, or for another server or app, is rejected', async () => {
    const { about, browser } = await signer(server())
    const stranger = await newClientKey()
    const now = Math.floor(Date.now() / 1000)
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const wrong: Record<string, string> = {
      key: await requestObject({ ...about, key: { ...stranger, kid: about.key.kid } }),
      audience: await requestObject({ ...about, issuer: 'https://other.example.com' }),
      issuer: await requestObject(about, { iss: 'app_other' }),
      client: await requestObject(about, { client_id: 'app_other' }),
      expired: await requestObject(about, { exp: now - 120 }),
      endless: await requestObject(about, { exp: now + 7200 }),
      'without exp': await requestObject(about, { exp: undefined as never }),
      unsigned: `${encoded({ alg: 'none' })}.${encoded({ iss: about.app.id, aud: about.issuer })}.`,
      garbage: 'x',
    }
    for (const [name, request] of Object.entries(wrong)) {
      const query = new URLSearchParams({ client_id: about.app.id, request, redirect_uri: callback })
      const reply = await browser.get(`/oauth/authorize?${query}`)
      assert.doesNotMatch(reply.headers.location ?? '', /[?&]code=/, name)
      assert.ok(
        reply.status === 400 || /error=/.test(reply.headers.location ?? ''),
        `${name}: ${reply.status}`,
      )
    }
  })
})

onBothEngines('signed requests that are pushed', (engine) => {
  const server = serverForSuite(engine)

  test('a signed request can be pushed, and then a reference to it is enough', async () => {
    const { about, browser } = await signer(server(), { requires: ['signed_request', 'pushed_request'] })
    const client = clientAt(server().url)
    const assertion = () => assertionOf(about.key, { clientId: about.app.id, audience: about.issuer })
    const push = async (fields: Record<string, string>) =>
      formCall(client, '/oauth/par', about.app, { ...(await assertion()), ...fields })
    const unsigned = await push({ response_type: 'code', redirect_uri: callback, scope: 'openid' })
    assert.equal(tokensIn(unsigned).error, 'invalid_request')
    const pushed = await push({ request: await requestObject(about) })
    assert.equal(pushed.status, 201, pushed.text)
    const { request_uri } = JSON.parse(pushed.text)
    const query = new URLSearchParams({ client_id: about.app.id, request_uri })
    const answer = await answerToApp(browser, `/oauth/authorize?${query}`, about.app)
    assert.ok(answer.get('code'), `${answer}`)
    const direct = new URLSearchParams({ client_id: about.app.id, request: await requestObject(about) })
    assert.equal((await browser.get(`/oauth/authorize?${direct}`)).status, 400)
  })
})

async function signer({ world, url }: TestServer, more: Parameters<typeof registerApp>[1] = {}) {
  const key = await newClientKey()
  const app = await registerApp(world, { jwks: key.jwks, requires: ['signed_request'], ...more })
  const about = { app, key, issuer: world.settings.publicUrl }
  const browser = browserAt(url)
  await arrivedOnPage(browser)
  const send = async (request: string, other: Record<string, string> = {}) => {
    const query = new URLSearchParams({ client_id: app.id, request, ...other })
    return answerToApp(browser, `/oauth/authorize?${query}`, app)
  }
  return { about, browser, send }
}
