import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerToApp,
  authorizePath,
  claimsIn,
  formCall,
  newPkce,
  registerApi,
  registerApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { newProofKey, proofOf } from '#test/support/dpop.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { goodPassword, sessionIn, signIn } from '#test/support/people.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessToken = 'urn:ietf:params:oauth:token-type:access_token'

/** An app of a user, an API that it calls, and a machine that may act for the user at another API. */
async function delegation({ world, url }: TestServer) {
  const front = await registerApi(world, { read: 'Read', write: 'Write' })
  const back = await registerApi(world, { list: 'List' })
  const app = await registerApp(world, { apis: [{ name: front.name }] })
  const apis = [{ name: front.name, scopes: ['read', 'write'] }, { name: back.name }]
  const machine = await registerApp(world, { kind: 'machine', exchangesTokens: true, apis })
  const browser = browserAt(url)
  const email = await arrivedOnPage(browser)
  const client = clientAt(url)
  const tokens = await tokensFor(browser, client, app, { scope: 'openid read' })
  const exchange = (more: Record<string, string> = {}, by = machine) =>
    tokenCall(client, by, {
      ...{ grant_type: grantType, subject_token: tokens.access_token, subject_token_type: accessToken },
      ...{ resource: back.audience, ...more },
    })
  const isActive = async (token: string) =>
    JSON.parse((await formCall(client, '/oauth/introspect', machine, { token })).text).active as boolean
  return { front, back, app, machine, email, browser, client, tokens, exchange, isActive }
}

onBothEngines('token exchange', (engine) => {
  const server = serverForSuite(engine)

  test('a machine acts for the user at another API, and its token contains both', async () => {
    const { back, machine, client, tokens, exchange } = await delegation(server())
    const reply = await exchange()
    assert.equal(reply.status, 200, reply.text)
    const { issued_token_type, refresh_token } = JSON.parse(reply.text)
    assert.deepEqual([issued_token_type, refresh_token], [accessToken, undefined])
    const [first, second] = [claimsIn(tokens.access_token), claimsIn(tokensIn(reply).access_token)]
    assert.deepEqual(
      [second.aud, second.sub, second.client_id, second.scope, second.act],
      [back.audience, first.sub, machine.id, 'list', { sub: machine.id }],
    )
    assert.deepEqual(second.rev, [...(first.rev as string[]), machine.id])
    assert.ok((second.exp as number) <= (first.exp as number))
    const { access_token: token } = tokensIn(reply)
    const seen = JSON.parse((await formCall(client, '/oauth/introspect', machine, { token })).text)
    assert.deepEqual([seen.active, seen.act], [true, { sub: machine.id }])
  })

  test('at the same API the machine gets at most the scopes of the first app', async () => {
    const { front, exchange } = await delegation(server())
    const same = { resource: front.audience }
    assert.equal(tokensIn(await exchange(same)).scope, 'read')
    assert.equal(tokensIn(await exchange({ ...same, scope: 'write' })).error, 'invalid_scope')
    assert.equal(tokensIn(await exchange({ scope: 'read' })).error, 'invalid_scope')
    const { access_token: elsewhere } = tokensIn(await exchange())
    const back = { ...same, subject_token: elsewhere }
    assert.equal(tokensIn(await exchange(back)).scope, 'read')
    assert.equal(tokensIn(await exchange({ ...back, scope: 'write' })).error, 'invalid_scope')
  })

  test('a chain that returns to an API gets no more there than the user agreed to', async () => {
    const { world } = server()
    const { front, back, client, exchange } = await delegation(server())
    const apis = [{ name: front.name, scopes: ['read', 'write'] }, { name: back.name }]
    const next = await registerApp(world, { kind: 'machine', exchangesTokens: true, apis })
    const { access_token: subject_token } = tokensIn(await exchange())
    const form = { grant_type: grantType, subject_token, subject_token_type: accessToken }
    const home = { ...form, resource: front.audience }
    assert.equal(tokensIn(await tokenCall(client, next, home)).scope, 'read')
    const wider = await tokenCall(client, next, { ...home, scope: 'write' })
    assert.equal(tokensIn(wider).error, 'invalid_scope')
  })
})

onBothEngines('exchanged tokens', (engine) => {
  const server = serverForSuite(engine)

  test('an exchanged token is revoked when the user disconnects the app', async () => {
    const { app, email, client, exchange, isActive } = await delegation(server())
    const { access_token } = tokensIn(await exchange())
    assert.equal(await isActive(access_token), true)
    const { access_token: bearer } = sessionIn(await signIn(client, { email, password: goodPassword }))
    assert.equal((await client.delete(`/api/v1/me/apps/${app.id}`, { bearer })).status, 204)
    assert.equal(await isActive(access_token), false)
    assert.equal(tokensIn(await exchange()).error, 'invalid_request')
  })

  test('the machine cannot end the grant of the user with its exchanged token', async () => {
    const { machine, client, tokens, exchange, isActive } = await delegation(server())
    const { access_token: token } = tokensIn(await exchange())
    const refused = await formCall(client, '/oauth/revoke', machine, { token })
    assert.equal(tokensIn(refused).error, 'unsupported_token_type')
    assert.equal(await isActive(token), true)
    const info = await client.get('/oauth/userinfo', { bearer: tokens.access_token })
    assert.equal(info.status, 200)
    assert.equal((await client.get('/oauth/userinfo', { bearer: token })).status, 401)
  })
})

onBothEngines('exchanges of tokens that are bound to a key', (engine) => {
  const server = serverForSuite(engine)

  /** A token of a user that is bound to a key, and the exchange of it, with a proof or without one. */
  async function boundDelegation() {
    const { app, machine, client, browser, back, isActive } = await delegation(server())
    const url = `${server().world.settings.publicUrl}/oauth/token`
    const key = await newProofKey()
    const { verifier, challenge } = newPkce()
    const path = authorizePath(app, { verifier, challenge }, { scope: 'openid read' })
    const code = (await answerToApp(browser, path, app)).get('code') ?? ''
    const redeemed = { grant_type: 'authorization_code', redirect_uri: app.redirectUri, code }
    const fields = { ...redeemed, code_verifier: verifier }
    const given = await formCall(client, '/oauth/token', app, fields, { dpop: await proofOf(key, { url }) })
    const subject_token = tokensIn(given).access_token
    assert.deepEqual(claimsIn(subject_token).cnf, { jkt: key.thumbprint })
    const form = { grant_type: grantType, subject_token, subject_token_type: accessToken }
    const exchange = (proof?: string, more: Record<string, string> = {}) => {
      const fields = { ...form, resource: back.audience, ...more }
      return formCall(client, '/oauth/token', machine, fields, proof === undefined ? {} : { dpop: proof })
    }
    return { key, url, exchange, isActive }
  }

  test('a bound token is exchanged with a proof of its key, to which the new one is bound', async () => {
    const { key, url, exchange, isActive } = await boundDelegation()
    const reply = await exchange(await proofOf(key, { url }))
    assert.equal(reply.status, 200, reply.text)
    assert.equal(JSON.parse(reply.text).token_type, 'DPoP')
    const { access_token: token } = tokensIn(reply)
    assert.deepEqual(claimsIn(token).cnf, { jkt: key.thumbprint })
    assert.equal(await isActive(token), true)
    // The next exchange in the chain needs the same key.
    const next = { subject_token: token }
    assert.equal(tokensIn(await exchange(undefined, next)).error, 'invalid_request')
    assert.equal((await exchange(await proofOf(key, { url }), next)).status, 200)
  })

  test('a bound token without a valid proof of its key cannot be exchanged', async () => {
    const { key, url, exchange } = await boundDelegation()
    const stranger = await proofOf(await newProofKey(), { url })
    const used = await proofOf(key, { url })
    assert.equal((await exchange(used)).status, 200)
    const elsewhere = await proofOf(key, { url: `${url}/x` })
    const wrong: [string | undefined, string][] = [
      ...[undefined, stranger].map((proof): [string | undefined, string] => [proof, 'invalid_request']),
      ...[used, elsewhere, 'x'].map((proof): [string, string] => [proof, 'invalid_dpop_proof']),
    ]
    for (const [proof, error] of wrong) {
      const reply = await exchange(proof)
      assert.deepEqual([reply.status, tokensIn(reply).error], [400, error], proof)
    }
  })
})

onBothEngines('token exchanges that are rejected', (engine) => {
  const server = serverForSuite(engine)

  test('a token exchange for other apps, APIs or kinds of tokens is rejected', async () => {
    const { world } = server()
    const { back, app, client, tokens, exchange } = await delegation(server())
    const other = await registerApi(world)
    const plain = await registerApp(world, { kind: 'machine', apis: [{ name: back.name }] })
    const apart = { kind: 'machine', exchangesTokens: true, apis: [{ name: back.name }] } as const
    const elsewhere = await registerApp(world, apart)
    assert.equal(tokensIn(await exchange({}, plain)).error, 'unauthorized_client')
    assert.equal(tokensIn(await exchange({}, app)).error, 'unauthorized_client')
    // The token was for an API that this machine does not have.
    assert.equal(tokensIn(await exchange({}, elsewhere)).error, 'invalid_request')
    const target = { resource: other.audience }
    assert.equal(tokensIn(await exchange(target)).error, 'invalid_target')
    const own = await tokenCall(client, plain, { grant_type: 'client_credentials' })
    const wrong: Record<string, string>[] = [
      { subject_token: '' },
      { subject_token: `${tokens.access_token}x` },
      { subject_token: tokens.refresh_token },
      { subject_token: tokens.id_token },
      { subject_token: tokensIn(own).access_token },
      { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      { actor_token: 'x' },
    ]
    for (const fields of wrong) {
      assert.equal(tokensIn(await exchange(fields)).error, 'invalid_request', JSON.stringify(fields))
    }
  })

  test('only a machine can be registered to exchange tokens', async () => {
    await assert.rejects(registerApp(server().world, { exchangesTokens: true }), { code: 'invalid_request' })
  })

  test('a chain of exchanges lists every service, and has a maximum length', async () => {
    const { machine, client, front, exchange } = await delegation(server())
    let { access_token: subject_token } = tokensIn(await exchange({ resource: front.audience }))
    const key = await newProofKey()
    for (const times of [2, 3, 4]) {
      const proof = await proofOf(key, { url: `${server().world.settings.publicUrl}/oauth/token` })
      const form = { grant_type: grantType, subject_token, subject_token_type: accessToken }
      const reply = await formCall(client, '/oauth/token', machine, form, { dpop: proof })
      assert.equal(reply.status, 200, `${times}: ${reply.text}`)
      subject_token = tokensIn(reply).access_token
      assert.deepEqual(claimsIn(subject_token).cnf, { jkt: key.thumbprint })
    }
    const { act } = claimsIn(subject_token) as { act: { act: { act: { act: { sub: string } } } } }
    assert.equal(act.act.act.act.sub, machine.id)
    assert.equal(tokensIn(await exchange({ subject_token })).error, 'invalid_request')
  })
})
