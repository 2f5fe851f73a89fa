import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerToApp,
  authorizePath,
  claimsIn,
  newPkce,
  registerApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { attackedServer } from '#test/support/attacked-server.ts'
import type { Client } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'

type Metadata = Readonly<Record<string, readonly string[] | string | boolean>>

async function metadataOf(client: Client): Promise<Metadata> {
  const reply = await client.get('/.well-known/openid-configuration')
  return reply.body as unknown as Metadata
}

function listed(document: Metadata, name: string): readonly string[] {
  const value = document[name]
  assert.ok(Array.isArray(value), name)
  return value as readonly string[]
}

onBothEngines('the discovery document', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  test('each endpoint in the discovery document exists, and accepts the listed grant types', async () => {
    const document = await metadataOf(client())
    const { publicUrl } = world().settings
    for (const [name, url] of Object.entries(document).filter(([key]) => key.endsWith('_endpoint'))) {
      const path = String(url).replace(publicUrl, '')
      const replies = [await client().get(path), await client().send('POST', path)]
      assert.ok(
        replies.every(({ status }) => status !== 404),
        name,
      )
    }
    const app = await registerApp(world())
    for (const grant_type of listed(document, 'grant_types_supported')) {
      const { error } = tokensIn(await tokenCall(client(), app, { grant_type }))
      assert.notEqual(error, 'unsupported_grant_type', grant_type)
    }
    const { error } = tokensIn(await tokenCall(client(), app, { grant_type: 'implicit' }))
    assert.equal(error, 'unsupported_grant_type')
  })

  test('the listed prompts, modes and scopes are accepted, and others are not', async () => {
    const document = await metadataOf(client())
    const app = await registerApp(world(), { apis: [] })
    const browser = await visitor()
    const request = (more: Record<string, string>) =>
      answerToApp(browser, authorizePath(app, newPkce(), { prompt: 'none', ...more }), app)
    const scopes = listed(document, 'scopes_supported').join(' ')
    assert.ok((await request({ scope: scopes })).get('code'))
    for (const mode of ['query', 'fragment']) assert.ok((await request({ response_mode: mode })).get('code'))
    for (const prompt of listed(document, 'prompt_values_supported')) {
      const reply = await browser.get(authorizePath(app, newPkce(), { prompt }))
      assert.equal(reply.status, 303, prompt)
      assert.doesNotMatch(String(reply.headers.location), /error=invalid_request/, prompt)
    }
    assert.equal((await request({ prompt: 'create' })).get('error'), 'invalid_request')
    assert.equal((await request({ response_mode: 'web_message' })).get('error'), 'unsupported_response_mode')
    assert.deepEqual(
      [document.claims_parameter_supported, document.request_uri_parameter_supported],
      [true, false],
    )
    const other = await request({ request_uri: 'https://app.example.com/request' })
    assert.equal(other.get('error'), 'request_uri_not_supported')
    // signed-requests.test.ts tests the parameter `request`.
    assert.equal(document.request_parameter_supported, true)
  })
})

onBothEngines('ID tokens and the discovery document', (engine) => {
  const { world, client, visitor } = attackedServer(engine)

  test('ID tokens are signed with the listed algorithms, and contain only listed claims', async () => {
    const document = await metadataOf(client())
    const algorithms = listed(document, 'id_token_signing_alg_values_supported')
    for (const idTokenAlg of ['RS256', 'ES256'] as const) {
      assert.ok(algorithms.includes(idTokenAlg))
      const app = await registerApp(world(), { idTokenAlg })
      const scope = listed(document, 'scopes_supported').join(' ')
      const more = { scope, nonce: 'n' }
      const { id_token } = await tokensFor(await visitor(), client(), app, more)
      const header = JSON.parse(Buffer.from(id_token.split('.')[0] ?? '', 'base64url').toString())
      assert.equal(header.alg, idTokenAlg)
      const { body } = await client().get('/.well-known/jwks.json')
      const { keys } = body as unknown as { keys: { kid: string; alg: string }[] }
      assert.ok(keys.some(({ kid, alg }) => kid === header.kid && alg === idTokenAlg))
      const claims = listed(document, 'claims_supported')
      for (const claim of Object.keys(claimsIn(id_token))) assert.ok(claims.includes(claim), claim)
    }
  })
})
