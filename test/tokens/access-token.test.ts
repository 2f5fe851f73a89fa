import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { partsOf } from '#test/support/forging.ts'
import {
  arrived,
  isAccepted,
  logOut,
  logOutEverywhere,
  refresh,
  refreshed,
  signedIn,
  signedUp,
} from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const dayMs = 24 * 60 * 60 * 1000

onBothEngines('access tokens', (engine) => {
  const server = serverForSuite(engine)

  test('an access token is a JWT that jose accepts with the published keys', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const issuer = server().world.settings.publicUrl
    const wanted = { issuer, audience: issuer, typ: 'at+jwt', algorithms: ['ES256'] }
    const keys = createLocalJWKSet(await jwksOf(client))
    const { payload, protectedHeader } = await jwtVerify(session.access_token, keys, wanted)
    assert.equal(payload.sub, session.user.id)
    assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'jti', 'kid', 'typ'])
    const flipped = session.access_token.replace(/.{10}$/, (tail) => [...tail].reverse().join(''))
    await assert.rejects(jwtVerify(flipped, keys, wanted))
    await assert.rejects(jwtVerify(session.access_token, keys, { ...wanted, audience: 'https://x.example' }))
  })

  test('an access token has exactly the documented claims', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client, { username: 'ann.arbor' })
    const session = await signedIn(client, person)
    const { header, claims } = partsOf(session.access_token)
    const issuer = server().world.settings.publicUrl
    const { iat, exp, auth_time, jti, ...rest } = claims
    assert.deepEqual(rest, {
      iss: issuer,
      aud: issuer,
      client_id: issuer,
      sub: person.id,
      sid: session.session_id,
      rev: [header.jti, session.session_id],
      amr: ['pwd'],
      acr: 'aal1',
      roles: ['default_user'],
      preferred_username: 'ann.arbor',
      email: person.email,
      email_verified: false,
    })
    assert.deepEqual([Number(exp) - Number(iat), session.expires_in, auth_time], [900, 900, iat])
    assert.match(String(header.jti), /^[\w-]{22}$/)
    assert.notEqual(jti, header.jti)
    const again = partsOf((await refreshed(client, session.refresh_token)).access_token)
    assert.equal(again.header.jti, header.jti)
    assert.equal(again.claims.auth_time, auth_time)
    assert.notEqual(again.claims.jti, jti)
  })

  test('the published keys have no private members', async () => {
    const { keys } = await jwksOf(clientAt(server().url))
    assert.ok(keys.length >= 1)
    for (const key of keys) {
      assert.deepEqual(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    }
  })
})

onBothEngines('access token lifetime', (engine) => {
  test('an access token expires after 15 minutes and can still log out afterwards', async () => {
    const clock = testClock()
    const { url } = await serveTestWorld(engine, { clock })
    const client = clientAt(url)
    const { session } = await arrived(client)
    clock.forward(14 * 60_000)
    assert.equal(await isAccepted(client, session.access_token), true)
    clock.forward(60_000)
    assert.equal(await isAccepted(client, session.access_token), false)
    const all = await logOutEverywhere(client, session.access_token)
    assertRefused(all, 'not_signed_in')
    const out = await logOut(client, session.access_token)
    assert.equal(out.status, 204)
    assertRefused(await refresh(client, session.refresh_token), 'refresh_token_revoked')
  })

  test('an access token never outlasts its session', async () => {
    const clock = testClock()
    const env = { SIGIL_REFRESH_LIFETIME: '90d', SIGIL_ACCESS_TOKEN_LIFETIME: '1h' }
    const { url } = await serveTestWorld(engine, { clock, env })
    const client = clientAt(url)
    const { session } = await arrived(client)
    clock.forward(90 * dayMs - 5 * 60_000)
    const { body } = await refresh(client, session.refresh_token)
    assert.deepEqual([body.expires_in, body.refresh_expires_in], [300, 300])
    const { claims } = partsOf(body.access_token)
    assert.ok(Number(claims.exp) - Number(claims.iat) <= 300)
    clock.forward(5 * 60_000)
    assert.equal(await isAccepted(client, body.access_token), false)
    assertRefused(await refresh(client, body.refresh_token), 'refresh_token_expired')
  })
})

async function jwksOf(client: Client): Promise<JSONWebKeySet> {
  const reply = await client.get('/.well-known/jwks.json')
  assert.equal(reply.headers['content-type'], 'application/jwk-set+json')
  return JSON.parse(reply.text) as JSONWebKeySet
}
