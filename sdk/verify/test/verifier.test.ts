import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, held } from './support/logged.ts'
import { encoded, issuer, runPending, SigilDouble } from './support/sigil-double.ts'

/** The last character has four unused bits: the next one decodes to the same bytes if they are ignored. */
function nextCharacter(tail: string): string {
  return { A: 'B', Q: 'R', g: 'h', w: 'x' }[tail.slice(-1)] ?? ''
}

function changed(part: string, members: object): string {
  return encoded({ ...JSON.parse(Buffer.from(part, 'base64url').toString()), ...members })
}

test('verify returns the claims, frozen, and the same object for the same token', async () => {
  const { sigil, verifier } = await held()
  const token = sigil.mint({ preferred_username: 'ann', roles: ['admin', 'default_user'] })
  const verified = await verifier.verify(token)
  const issuedAt = Math.floor(sigil.clock.now() / 1000) * 1000
  const { claims, tokenId, ...rest } = verified
  assert.deepEqual(rest, {
    userId: 'user',
    sessionId: 'session',
    clientId: issuer,
    roles: ['admin', 'default_user'],
    scopes: [],
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

test('verify rejects tokens that Sigil did not issue', async () => {
  const { sigil, verifier } = await held()
  const good = sigil.mint()
  // Remembered, so that a forgery which ends alike could be taken for it.
  await verifier.verify(good)
  const [head = '', body = '', tail = ''] = good.split('.')
  const other = new SigilDouble()
  const forged: Record<string, readonly string[]> = {
    malformed: [
      'x',
      'a.b.c',
      `${good}.`,
      `${good}=`,
      `.${good}`,
      `${head}.${body}.`,
      `${head}.${body}.${tail.slice(0, -4)}`,
      // The unused bits of the last character, which a lenient decoder drops.
      `${head}.${body}.${tail.slice(0, -1)}${nextCharacter(tail)}`,
      `${encoded({ alg: 'none', typ: 'at+jwt', kid: 'k', jti: 'j' })}.${body}.${tail}`,
      ...[{ alg: 'HS256' }, { alg: 'none' }, { typ: 'JWT' }, { typ: undefined }, { kid: 1 }].map((header) =>
        sigil.mint({}, header),
      ),
      ...[{ exp: '1' }, { exp: undefined }, { exp: 2 ** 53 }, { iat: 1.5 }, { sub: '' }, { sid: 1 }].map(
        (claims) => sigil.mint(claims),
      ),
      ...[{ roles: 'admin' }, { roles: [1] }, { amr: 'pwd' }, { email: 1 }].map((claims) =>
        sigil.mint(claims),
      ),
      sigil.mint({ filler: 'x'.repeat(8192) }),
      // An hour is the maximum lifetime; no revocation is kept for longer.
      sigil.mint({ exp: Math.floor(sigil.clock.now() / 1000) + 3601 }),
      ...[undefined, [], [''], [1], 'signature', Array.from({ length: 9 }, (_, at) => `${at}`)].map((rev) =>
        sigil.mint({ rev }),
      ),
      ...[{ client_id: undefined }, { auth_time: '1' }, { nbf: '1' }, { scope: ['x'] }].map((claims) =>
        sigil.mint(claims),
      ),
    ],
    unsupported: [
      sigil.mint({ cnf: { 'x5t#S256': 'thumbprint' } }),
      ...[{ crit: [] }, { crit: ['exp'] }, { crit: ['b64'], b64: false }].map((header) =>
        sigil.mint({}, header),
      ),
    ],
    wrong_client: [sigil.mint({ client_id: 'app_other', scope: 'openid' })],
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
    unknown_key: [other.mint()],
    bad_signature: [
      other.mint({}, { kid: sigil.keys[0]?.kid }),
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

test('verify accepts a token for any of the audiences, and a token for several', async () => {
  const api = 'https://api.example.org'
  const { sigil, verifier } = await held({ audience: [api, issuer] })
  assert.equal(await codeOf(verifier, sigil.mint({ aud: api })), 'good')
  assert.equal(await codeOf(verifier, sigil.mint({ aud: issuer })), 'good')
  assert.equal(await codeOf(verifier, sigil.mint({ aud: ['https://x.example.org', api] })), 'good')
  assert.equal(await codeOf(verifier, sigil.mint({ aud: 'https://x.example.org' })), 'wrong_audience')
})

test('unknown header members are ignored, and a key in the header is never used', async () => {
  const { sigil, verifier } = await held()
  const other = new SigilDouble()
  const [foreign] = other.keys
  for (const header of [
    { jti: undefined },
    { x: 1 },
    { jwk: foreign?.jwk },
    { x5u: 'https://evil.example' },
  ]) {
    const rev = ['signature', 'session']
    assert.equal(await codeOf(verifier, sigil.mint({ rev }, header)), 'good', JSON.stringify(header))
  }
  const forged = other.mint({}, { kid: sigil.keys[0]?.kid, jwk: foreign?.jwk })
  assert.equal(await codeOf(verifier, forged), 'bad_signature')
})

test('a token is revoked by any id in rev, with or without jti in its header', async () => {
  for (const id of ['grant', 'app', 'session']) {
    const { sigil, verifier } = await held()
    const token = sigil.mint({ rev: ['grant', 'app', 'session'] }, { jti: undefined })
    assert.equal(await codeOf(verifier, token), 'good')
    sigil.revoke(id)
    await runPending()
    assert.equal(await codeOf(verifier, token), 'revoked', id)
  }
})

test('the token of a machine has no session, no sign-in time and no roles', async () => {
  const api = 'https://api.example.org'
  const { sigil, verifier } = await held({ audience: [api, issuer] })
  const none = { sid: undefined, auth_time: undefined, amr: undefined, roles: undefined, email: undefined }
  const own = { aud: api, sub: 'app_1', client_id: 'app_1', scope: 'read write', rev: ['app_1'] }
  const token = await verifier.verify(sigil.mint({ ...none, ...own, email_verified: undefined }))
  assert.deepEqual(
    [token.userId, token.clientId, token.sessionId, token.authenticatedAt, token.roles, token.methods],
    ['app_1', 'app_1', undefined, undefined, [], []],
  )
  assert.deepEqual(token.scopes, ['read', 'write'])
})

test('tokens for an API may be issued to any client unless clients are listed', async () => {
  const api = 'https://api.example.org'
  const { sigil, verifier } = await held({ audience: [api, issuer] })
  const tokenOf = (client_id: string, aud: unknown = api) => sigil.mint({ aud, client_id })
  assert.equal(await codeOf(verifier, tokenOf('app_1')), 'good')
  assert.equal(await codeOf(verifier, tokenOf('app_1', issuer)), 'wrong_client')
  assert.equal(await codeOf(verifier, tokenOf('app_1', [api, issuer])), 'wrong_client')
  assert.equal(await codeOf(verifier, tokenOf(issuer, issuer)), 'good')
  const listing = sigil.verifier({ audience: [api, issuer], clients: ['app_1'] })
  await listing.ready()
  assert.equal(await codeOf(listing, tokenOf('app_1')), 'good')
  assert.equal(await codeOf(listing, tokenOf('app_1', issuer)), 'good')
  assert.equal(await codeOf(listing, tokenOf('app_2')), 'wrong_client')
  assert.equal(await codeOf(listing, tokenOf(issuer, issuer)), 'wrong_client')
})

test('a token issued more than five minutes in the future is rejected until then', async () => {
  const { sigil, verifier } = await held()
  const seconds = Math.floor(sigil.clock.now() / 1000)
  const early = sigil.mint({ iat: seconds + 302, exp: seconds + 900 })
  assert.equal(await codeOf(verifier, early), 'not_yet_valid')
  assert.equal(await codeOf(verifier, sigil.mint({ nbf: seconds + 302 })), 'not_yet_valid')
  assert.equal(await codeOf(verifier, sigil.mint({ iat: seconds + 299, exp: seconds + 900 })), 'good')
  await sigil.pass(3000)
  assert.equal(await codeOf(verifier, early), 'good')
})

test('expiry, revoked ids and notBefore are checked on every use of a cached token', async () => {
  for (const kill of ['signature', 'session', 'kid'] as const) {
    const { sigil, verifier } = await held()
    const token = sigil.mint()
    assert.equal(await codeOf(verifier, token), 'good')
    sigil.revoke(kill === 'kid' ? (sigil.keys[0]?.kid ?? '') : kill)
    await runPending()
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
  await runPending()
  assert.equal(await codeOf(verifier, token), 'good')
  sigil.clock.forward(1)
  assert.equal(await codeOf(verifier, token), 'expired')
  assert.equal(await codeOf(verifier, sigil.mint({ exp: 0 })), 'expired')
})
