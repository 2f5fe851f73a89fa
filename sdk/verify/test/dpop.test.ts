import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newProofKey, proofOf } from '../../../test/support/dpop.ts'
import { signedIn as forNext } from '../src/next.ts'
import { signedIn } from '../src/node.ts'
import { protectedResource } from '../src/resource.ts'
import { VerifyError } from '../src/verify.ts'
import { held } from './support/logged.ts'

const url = 'https://api.example.org/notes'

/** A verifier, a key, and a token that is bound to it. */
async function bound(alg = 'ES256') {
  const { sigil, verifier } = await held({ cookie: 'access_token' })
  const key = await newProofKey(alg)
  const token = sigil.mint({ cnf: { jkt: key.thumbprint } })
  const iat = Math.floor(sigil.clock.now() / 1000)
  const prove = (more: Partial<Parameters<typeof proofOf>[1]> = {}) =>
    proofOf(key, { method: 'GET', url, accessToken: token, ...more, claims: { iat, ...more.claims } })
  const codeOf = async (proof: string | undefined) => {
    try {
      await verifier.verify(token, { method: 'GET', url, proof })
      return 'good'
    } catch (error) {
      if (error instanceof VerifyError) return error.code
      throw error
    }
  }
  return { sigil, verifier, key, token, iat, prove, codeOf }
}

for (const alg of ['ES256', 'PS256', 'RS256', 'Ed25519', 'EdDSA']) {
  test(`a bound token is accepted with a proof of its key that is signed with ${alg}`, async () => {
    const { prove, codeOf } = await bound(alg)
    assert.equal(await codeOf(await prove()), 'good')
    assert.equal(await codeOf(await prove({ url: `${url}?q=1#f` })), 'good')
  })
}

test('a bound token is rejected without a proof, synchronously and as a Bearer token', async () => {
  const { verifier, token, prove, codeOf } = await bound()
  assert.equal(await codeOf(undefined), 'invalid_proof')
  await assert.rejects(verifier.verify(token), { code: 'invalid_proof', status: 401 })
  assert.throws(() => verifier.verifySync(token), { code: 'invalid_proof' })
  const request = { method: 'GET', url }
  const asBearer = { headers: { authorization: `Bearer ${token}`, dpop: await prove() } }
  await assert.rejects(verifier.verify(asBearer, request), { code: 'invalid_proof' })
  const asCookie = { headers: { cookie: `access_token=${token}`, dpop: await prove() } }
  await assert.rejects(verifier.verify(asCookie, request), { code: 'invalid_proof' })
  const asBound = { headers: { authorization: `DPoP ${token}`, dpop: await prove() } }
  assert.equal((await verifier.verify(asBound, request)).userId, 'user')
  await assert.rejects(verifier.verify({ headers: { authorization: `DPoP ${token}` } }, request))
})

test('an unbound token is rejected with the scheme DPoP', async () => {
  const { sigil, verifier, prove } = await bound()
  const request = { headers: { authorization: `DPoP ${sigil.mint()}`, dpop: await prove() } }
  await assert.rejects(verifier.verify(request, { method: 'GET', url }), { code: 'invalid_proof' })
})

test('a proof for another request, token or key, or an old or malformed one, is rejected', async () => {
  const { key, iat, prove, codeOf } = await bound()
  const other = await newProofKey()
  const wrong = {
    method: await prove({ method: 'POST' }),
    url: await prove({ url: 'https://api.example.org/other' }),
    host: await prove({ url: 'https://other.example.org/notes' }),
    token: await prove({ accessToken: 'another' }),
    'no token': await proofOf(key, { method: 'GET', url, claims: { iat } }),
    old: await prove({ claims: { iat: iat - 600 } }),
    ahead: await prove({ claims: { iat: iat + 600 } }),
    'no jti': await prove({ claims: { jti: undefined as never } }),
    'long jti': await prove({ claims: { jti: 'x'.repeat(300) } }),
    'other key': await prove({ header: { jwk: other.jwk } }),
    'private key': await prove({ header: { jwk: { ...key.jwk, d: 'x' } } }),
    'no key': await prove({ header: { jwk: undefined } }),
    type: await prove({ header: { typ: 'JWT' } }),
    critical: `${Buffer.from('{"alg":"ES256","typ":"dpop+jwt","crit":["x"]}').toString('base64url')}.e30.AA`,
    garbage: 'a.b.c',
    empty: '',
    long: 'x'.repeat(5000),
  }
  for (const [name, proof] of Object.entries(wrong)) assert.equal(await codeOf(proof), 'invalid_proof', name)
})

test('of twenty uses of one proof at once, one is accepted', async () => {
  const { prove, codeOf } = await bound()
  const proof = await prove()
  const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(proof)))
  assert.equal(codes.filter((code) => code === 'good').length, 1)
})

test('a revoked token is rejected with a valid proof, and an unknown confirmation always', async () => {
  const { sigil, verifier, prove, codeOf } = await bound()
  for (const cnf of [{ 'x5t#S256': 'x' }, { jkt: 'x', jwk: {} }, { jkt: 7 }, 'x', null, {}]) {
    await assert.rejects(verifier.verify(sigil.mint({ cnf })), { code: 'unsupported' }, JSON.stringify(cnf))
  }
  sigil.revoke('session')
  await sigil.pass(100)
  assert.equal(await codeOf(await prove()), 'revoked')
})

test('the adapters check proofs against the origin of the API, not the host that a proxy calls', async () => {
  const { verifier, token, prove } = await bound()
  const options = { resource: protectedResource({ resource: url, issuer: 'https://auth.example.org' }) }
  const headers = async () => ({ authorization: `DPoP ${token}`, dpop: await prove() })
  const get = forNext(verifier, (_request: Request, { userId }) => Response.json(userId), options)
  const inside = new Request('http://internal:3000/notes?x=1', { headers: await headers() })
  assert.equal((await get(inside)).status, 200)
  const refused = await get(new Request('http://internal:3000/other', { headers: await headers() }))
  assert.equal(refused.status, 401)
  const challenge = refused.headers.get('www-authenticate') ?? ''
  assert.match(challenge, /^DPoP error="invalid_dpop_proof", algs="ES256 /)
  const seen: string[] = []
  const handle = signedIn(verifier, (_request, _response, { userId }) => seen.push(userId), options)
  const response = { statusCode: 0, setHeader() {}, end() {} }
  await handle({ headers: await headers(), method: 'GET', url: '/notes' } as never, response)
  assert.deepEqual(seen, ['user'])
  const without = forNext(verifier, () => new Response())
  assert.equal((await without(new Request(url, { headers: await headers() }))).status, 401)
})
