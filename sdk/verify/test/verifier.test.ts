import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, held } from './support/logged.ts'
import { awaitPropagation, encoded, issuer, SigilDouble } from './support/sigil-double.ts'

/** Its last character has four spare bits: the one after it means the same to whoever ignores them. */
function nextCharacter(tail: string): string {
  return { A: 'B', Q: 'R', g: 'h', w: 'x' }[tail.slice(-1)] ?? ''
}

function changed(part: string, members: object): string {
  return encoded({ ...JSON.parse(Buffer.from(part, 'base64url').toString()), ...members })
}

test('gives what the token says, frozen, and the same object for the same token', async () => {
  const { sigil, verifier } = await held()
  const token = sigil.mint({ preferred_username: 'ann', roles: ['admin', 'default_user'] })
  const verified = await verifier.verify(token)
  const issuedAt = Math.floor(sigil.clock.now() / 1000) * 1000
  const { claims, tokenId, ...said } = verified
  assert.deepEqual(said, {
    userId: 'user',
    sessionId: 'session',
    clientId: issuer,
    roles: ['admin', 'default_user'],
    username: 'ann',
    email: 'ann@example.org',
    emailVerified: true,
    methods: ['pwd'],
    authenticatedAt: issuedAt,
    issuedAt,
    expiresAt: issuedAt + 900_000,
  })
  assert.equal(claims.jti, tokenId)
  assert.equal(await verifier.verify(token), verified)
  assert.equal(verifier.verifySync(token), verified)
  for (const part of [verified, verified.roles, verified.claims, claims.roles])
    assert.ok(Object.isFrozen(part))
})

test('refuses what Sigil did not write', async () => {
  const { sigil, verifier } = await held()
  const good = sigil.mint()
  const [head = '', body = '', tail = ''] = good.split('.')
  const stranger = new SigilDouble()
  const forged: Record<string, readonly string[]> = {
    malformed: [
      'x',
      'a.b.c',
      `${good}.`,
      `${good}=`,
      `.${good}`,
      `${head}.${body}.`,
      `${head}.${body}.${tail.slice(0, -4)}`,
      // The spare bits of the last character, which a careless decoder drops.
      `${head}.${body}.${tail.slice(0, -1)}${nextCharacter(tail)}`,
      `${encoded({ alg: 'none', typ: 'at+jwt', kid: 'k', jti: 'j' })}.${body}.${tail}`,
      ...[{ alg: 'HS256' }, { alg: 'none' }, { typ: 'JWT' }, { typ: undefined }, { kid: 1 }, { jti: 1 }].map(
        (header) => sigil.mint({}, header),
      ),
      ...[{ jwk: {} }, { crit: [] }, { x5u: 'https://evil.example' }].map((header) => sigil.mint({}, header)),
      ...[{ exp: '1' }, { exp: undefined }, { exp: 2 ** 53 }, { iat: 1.5 }, { sub: '' }, { sid: 1 }].map(
        (claims) => sigil.mint(claims),
      ),
      ...[{ roles: 'admin' }, { roles: [1] }, { amr: undefined }, { email: 1 }].map((claims) =>
        sigil.mint(claims),
      ),
      sigil.mint({ filler: 'x'.repeat(8192) }),
    ],
    wrong_issuer: [
      sigil.mint({ iss: 'https://evil.example' }),
      sigil.mint({ iss: undefined }),
      sigil.mint({ iss: [issuer] }),
    ],
    wrong_audience: [
      sigil.mint({ aud: 'https://other.example.org' }),
      sigil.mint({ aud: undefined }),
      sigil.mint({ aud: [] }),
      sigil.mint({ aud: { issuer } }),
      sigil.mint({ aud: [['x', issuer]] }),
    ],
    unknown_key: [stranger.mint()],
    bad_signature: [
      stranger.mint({}, { kid: sigil.keys[0]?.kid }),
      `${head}.${changed(body, { sub: 'root' })}.${tail}`,
      `${changed(head, { jti: 'unrevoked' })}.${body}.${tail}`,
      `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`,
    ],
    missing: [''],
  }
  assert.equal(await codeOf(verifier, good), 'good')
  for (const [code, tokens] of Object.entries(forged)) {
    for (const token of tokens) assert.equal(await codeOf(verifier, token), code, token)
  }
})

test('accepts any of its audiences, and a token for several', async () => {
  const api = 'https://api.example.org'
  const { sigil, verifier } = await held({ audience: [api, issuer] })
  assert.equal(await codeOf(verifier, sigil.mint({ aud: api })), 'good')
  assert.equal(await codeOf(verifier, sigil.mint({ aud: issuer })), 'good')
  assert.equal(await codeOf(verifier, sigil.mint({ aud: ['https://x.example.org', api] })), 'good')
  assert.equal(await codeOf(verifier, sigil.mint({ aud: 'https://x.example.org' })), 'wrong_audience')
})

test('reads expiry, the dead keys and the floor again on every use of a token it knows', async () => {
  for (const kill of ['signature', 'session', 'kid'] as const) {
    const { sigil, verifier } = await held()
    const token = sigil.mint()
    assert.equal(await codeOf(verifier, token), 'good')
    sigil.revoke(kill === 'kid' ? (sigil.keys[0]?.kid ?? '') : kill)
    await awaitPropagation()
    assert.equal(await codeOf(verifier, token), 'revoked', kill)
    assert.equal(
      await codeOf(verifier, sigil.mint({ jti: 'new' }, { jti: 'other' })),
      kill === 'signature' ? 'good' : 'revoked',
    )
  }
  const { sigil, verifier } = await held()
  const token = sigil.mint()
  assert.equal(await codeOf(verifier, token), 'good')
  const left = 900_000 - (sigil.clock.now() % 1000)
  sigil.clock.forward(left - 1)
  await sigil.pass(0)
  await awaitPropagation()
  assert.equal(await codeOf(verifier, token), 'good')
  sigil.clock.forward(1)
  assert.equal(await codeOf(verifier, token), 'expired')
  assert.equal(await codeOf(verifier, sigil.mint({ exp: 0 })), 'expired')
})
