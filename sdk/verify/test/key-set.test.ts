import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refused, SigilDouble } from './support/sigil-double.ts'

const minute = 60_000

async function held() {
  const sigil = new SigilDouble()
  const verifier = sigil.verifier()
  await verifier.ready()
  await verifier.verify(sigil.mint())
  return { sigil, verifier }
}

/** Lets time pass in one step. */
async function later(sigil: SigilDouble, ms: number): Promise<void> {
  sigil.clock.forward(ms)
  await sigil.pass(3000)
}

test('an unknown key is fetched once for all, and the old key stays valid', async () => {
  const { sigil, verifier } = await held()
  const old = sigil.mint()
  await sigil.pass(10_000)
  sigil.rotate()
  await Promise.all([verifier.verify(sigil.mint()), verifier.verify(sigil.mint()), verifier.verify(old)])
  assert.equal(sigil.jwksCalls, 2)
})

test('made-up key ids cause one request in ten seconds', async () => {
  const { sigil, verifier } = await held()
  for (let second = 0; second < 60; second++) {
    await assert.rejects(verifier.verify(new SigilDouble().mint()), { code: 'unknown_key' })
    await sigil.pass(1000, 500)
  }
  assert.ok(sigil.jwksCalls <= 7, `${sigil.jwksCalls}`)
})

test('the successor of a revoked key is fetched at once, and only once', async () => {
  const { sigil, verifier } = await held()
  const old = sigil.mint()
  const [stolen] = sigil.keys
  sigil.rotate()
  sigil.revoke(stolen?.kid ?? '')
  await sigil.pass(1000, 500)
  await verifier.verify(sigil.mint())
  await assert.rejects(verifier.verify(old), { code: 'revoked' })
  await sigil.pass(9000, 500)
  assert.equal(sigil.jwksCalls, 2)
})

test('keys are refreshed in the background, and tokens of a removed key are rejected', async () => {
  const { sigil, verifier } = await held()
  const forged = sigil.mint({ exp: Math.floor(sigil.clock.now() / 1000) + 3600 })
  await verifier.verify(forged)
  sigil.rotate()
  sigil.keys.shift()
  await later(sigil, 6 * minute)
  await verifier.verify(forged)
  await sigil.pass(100)
  await assert.rejects(verifier.verify(forged), { code: 'unknown_key' })
  await verifier.verify(sigil.mint())
})

test('cached tokens of a key stay valid while that key is listed', async () => {
  const { sigil, verifier } = await held()
  const token = sigil.mint()
  const checked = await verifier.verify(token)
  sigil.rotate()
  await later(sigil, 6 * minute)
  await verifier.verify(sigil.mint())
  assert.equal(sigil.jwksCalls, 2)
  assert.equal(await verifier.verify(token), checked)
})

test('keys are used for at most an hour while the server does not return them', async () => {
  const { sigil, verifier } = await held()
  sigil.error = (path) => (path.endsWith('jwks.json') ? refused(500) : undefined)
  await later(sigil, 59 * minute)
  await verifier.verify(sigil.mint())
  await assert.rejects(verifier.verify(new SigilDouble().mint()), { code: 'unavailable' })
  await later(sigil, 2 * minute)
  await assert.rejects(verifier.verify(sigil.mint()), { code: 'unavailable' })
  sigil.error = undefined
  await later(sigil, 1000)
  await verifier.verify(sigil.mint())
})

test('unusable keys in the list are skipped', async () => {
  const sigil = new SigilDouble()
  const [good] = sigil.keys
  assert.ok(good)
  const others = [
    { ...good.jwk, kid: 'rsa', kty: 'RSA' },
    { ...good.jwk, kid: 'p384', crv: 'P-384' },
    { ...good.jwk, kid: 'enc', use: 'enc' },
    { ...good.jwk, kid: 'hs', alg: 'HS256' },
    { ...good.jwk, kid: 'off', x: Buffer.alloc(32, 1).toString('base64url') },
    { ...good.jwk, kid: 'short', x: 'AAAA' },
    { ...good.jwk, kid: 7 },
  ]
  sigil.keys = [...others.map((jwk) => ({ ...good, jwk })), good]
  const verifier = sigil.verifier()
  await verifier.verify(sigil.mint())
  for (const kid of ['rsa', 'p384', 'enc', 'hs', 'off', 'short']) {
    await assert.rejects(verifier.verify(sigil.mint({}, { kid })), { code: 'unknown_key' }, kid)
  }
})

test('without any keys the error is unavailable, not an invalid token', async () => {
  for (const error of [() => refused(503), () => Promise.reject(new Error('down'))]) {
    const sigil = new SigilDouble()
    sigil.error = (path) => (path.endsWith('jwks.json') ? error() : undefined)
    await assert.rejects(sigil.verifier().verify(sigil.mint()), { code: 'unavailable' })
  }
})
