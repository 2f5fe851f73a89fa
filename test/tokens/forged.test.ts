import assert from 'node:assert/strict'
import { createHmac, sign } from 'node:crypto'
import { test } from 'node:test'
import type { World } from '#src/world/world.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { encoded, foreignKey, type Parts, partsOf, signedWith, withSpareBits } from '#test/support/forging.ts'
import { arrived, isAccepted } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

type Forgery = (parts: Parts, world: World) => string | string[]

/** Tokens that an outsider can forge from a token and the public keys. */
const byStrangers: Record<string, Forgery> = {
  'no algorithm': ({ header, claims, signature }) =>
    ['none', 'None', 'NONE', ''].flatMap((alg) => {
      const text = `${encoded({ ...header, alg })}.${encoded(claims)}`
      return [`${text}.`, `${text}.${signature}`, text]
    }),
  'a MAC with the public key as its secret': ({ header, claims }, world) => {
    const { jwk, publicKey } = world.keys.signingKey()
    const pem = publicKey.export({ format: 'pem', type: 'spki' })
    const der = publicKey.export({ format: 'der', type: 'spki' })
    return [pem, der, JSON.stringify(jwk), jwk.x, Buffer.from(jwk.x, 'base64url')].map((secret) => {
      const text = `${encoded({ ...header, alg: 'HS256' })}.${encoded(claims)}`
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
    })
  },
  'a key of their own, in the header or at a URL': ({ header, claims }) => {
    const { privateKey, publicKey } = foreignKey()
    const jwk = publicKey.export({ format: 'jwk' })
    const carriers = [{}, { jwk }, { jku: 'https://evil.example/jwks.json' }, { x5u: 'https://evil.example' }]
    const withCarriers = [...carriers, { x5c: ['MIIB'] }].map((more) => ({ ...header, ...more }))
    return withCarriers.map((forged) => signedWith(privateKey, forged, claims))
  },
  'a kid that points elsewhere': ({ header, claims }, world) => {
    const kids = ['', '../../../dev/null', "' or 1=1 --", '__proto__', 'constructor', 'x'.repeat(2000)]
    const others = [world.keys.macKey().id, undefined, null, 0, [header.kid], { toString: 1 }]
    const { privateKey } = foreignKey()
    return [...kids, ...others].map((kid) => signedWith(privateKey, { ...header, kid }, claims))
  },
  'repeated members in the header': ({ header, claims }) => {
    const { privateKey } = foreignKey()
    const text = JSON.stringify(header)
    const twice = [text.replace('{', '{"alg":"none",'), text.replace('}', ',"alg":"none"}')]
    return twice.map((forged) => signedWith(privateKey, forged, claims))
  },
  'other claims under the old JWS signature': ({ header, claims, signature }) =>
    [{ roles: ['admin'] }, { sub: 'x' }, { exp: 9_999_999_999 }].map(
      (more) => `${encoded(header)}.${encoded({ ...claims, ...more })}.${signature}`,
    ),
  'a JWS signature of zeros, of another length or in another form': ({ header, claims }, world) => {
    const text = `${encoded(header)}.${encoded(claims)}`
    const der = sign('sha256', Buffer.from(text), foreignKey().privateKey)
    const ownDer = sign('sha256', Buffer.from(text), world.keys.signingKey().privateKey)
    const forms = [Buffer.alloc(64), Buffer.alloc(63), Buffer.alloc(65), Buffer.alloc(0), der, ownDer]
    return forms.map((bytes) => `${text}.${bytes.toString('base64url')}`)
  },
  'another encoding of the same bytes': ({ header, claims, signature }) => {
    const [head, body] = [encoded(header), encoded(claims)]
    const spellings = [`${signature}=`, `${signature}==`, withSpareBits(signature), `${signature}A`]
    return [
      ...spellings.map((tail) => `${head}.${body}.${tail}`),
      `${head}=.${body}.${signature}`,
      `.${head}.${body}.${signature}`,
      `${head}.${body}.${signature}.`,
      `${head}.${body}.${signature}.${signature}.${signature}`,
      `${head}..${signature}`,
      `${head}.${body}`,
      head,
      '..',
      '.',
    ]
  },
}

/** Tokens that only our own key could sign, but that are not our access tokens. */
const byOurKey: Record<string, Forgery> = {
  'another type': ({ header, claims }, world) =>
    ['JWT', 'jwt', 'id_token', 'logout+jwt', '', undefined, null, ['at+jwt']].map((typ) =>
      signedWith(world.keys.signingKey().privateKey, { ...header, typ }, claims),
    ),
  'a header member that we never issue': ({ header, claims }, world) =>
    [{ crit: ['exp'] }, { b64: false, crit: ['b64'] }, { zip: 'DEF' }, { cty: 'JWT' }].map((more) =>
      signedWith(world.keys.signingKey().privateKey, { ...header, ...more }, claims),
    ),
  'a header with a different encoding': ({ header, claims }, world) => {
    const text = JSON.stringify(header)
    const spellings = [` ${text}`, text.replace('{', '{"alg":"ES256",'), `${text}\n`, '[]', 'null', '1', '{']
    return spellings.map((one) => signedWith(world.keys.signingKey().privateKey, one, claims))
  },
  'another issuer, audience or client': ({ header, claims }, world) =>
    ['iss', 'aud', 'client_id'].flatMap((name) =>
      ['https://evil.example', undefined, [claims[name]], ''].map((value) =>
        signedWith(world.keys.signingKey().privateKey, header, { ...claims, [name]: value }),
      ),
    ),
  'a claim that is missing or has the wrong type': ({ header, claims }, world) =>
    Object.keys(claims)
      .filter((name) => name !== 'preferred_username')
      .flatMap((name) =>
        [undefined, null, {}, name === 'email_verified' ? 'true' : true].map((value) =>
          signedWith(world.keys.signingKey().privateKey, header, { ...claims, [name]: value }),
        ),
      ),
  'no revocation id, too many, or an invalid one': ({ header, claims }, world) =>
    [[], [''], [1], [claims.rev], Array.from({ length: 9 }, (_, at) => `id-${at}`)].map((rev) =>
      signedWith(world.keys.signingKey().privateKey, header, { ...claims, rev }),
    ),
  'a key that the caller must prove': ({ header, claims }, world) =>
    [{ jkt: 'thumbprint' }, {}, null].map((cnf) =>
      signedWith(world.keys.signingKey().privateKey, header, { ...claims, cnf }),
    ),
  'an expiry that is in the past or not a time': ({ header, claims }, world) =>
    [0, -1, Number(claims.iat) - 1, 1.5, '9999999999', 1e300].map((exp) =>
      signedWith(world.keys.signingKey().privateKey, header, { ...claims, exp }),
    ),
}

onBothEngines('forged tokens', (engine) => {
  const server = serverForSuite(engine)

  for (const [what, forge] of Object.entries({ ...byStrangers, ...byOurKey })) {
    test(`a token is rejected if it has ${what}`, async () => {
      const client = clientAt(server().url)
      const { session } = await arrived(client, { username: undefined })
      const parts = partsOf(session.access_token)
      const key = server().world.keys.signingKey().privateKey
      // The same token, assembled correctly, is accepted, so the rejection is due to the difference.
      assert.equal(await isAccepted(client, signedWith(key, parts.header, parts.claims)), true)
      for (const token of [forge(parts, server().world)].flat()) {
        assert.equal(await isAccepted(client, token), false, token)
      }
      assert.equal(await isAccepted(client, session.access_token), true)
    })
  }

  test('a token is rejected if it is longer than any that we issue', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const parts = partsOf(session.access_token)
    const key = server().world.keys.signingKey().privateKey
    const long = signedWith(key, parts.header, { ...parts.claims, more: 'x'.repeat(8000) })
    assert.ok(long.length > 8192)
    assert.equal(await isAccepted(client, long), false)
    const longer = 'x'.repeat(20_000)
    assert.deepEqual((await client.post('/api/v1/auth/verify', { token: longer })).body, { access: false })
    // Node rejects request headers of this length itself.
    assert.equal((await client.get('/api/v1/auth/verify', { bearer: longer })).status, 431)
  })
})
