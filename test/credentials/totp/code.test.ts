import assert from 'node:assert/strict'
import { test } from 'node:test'
import { provisioningOf, qrSvgOf, stepOfCode } from '#src/credentials/totp/code.ts'

const secret = Buffer.from('12345678901234567890')

/** RFC 6238 appendix B, the last six of the eight digits. */
const vectors: [seconds: number, code: string][] = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
]

test('the test vectors of RFC 6238 are accepted in their time steps', async () => {
  for (const [seconds, code] of vectors) {
    assert.equal(await stepOfCode(secret, code, seconds * 1000), Math.floor(seconds / 30), code)
  }
})

test('a code is accepted only in its own time step and the two adjacent ones', async () => {
  const step = Math.floor(1_111_111_111 / 30)
  for (const [away, expected] of [
    [-2, undefined],
    [-1, step],
    [0, step],
    [1, step],
    [2, undefined],
  ] as const) {
    assert.equal(await stepOfCode(secret, '050471', (step + away) * 30_000), expected, `${away} steps away`)
  }
})

test('spaces and a dash in a code are ignored, and any other character makes it wrong', async () => {
  const at = 1_111_111_111_000
  for (const typed of ['050 471', ' 050471 ', '050-471'])
    assert.ok(await stepOfCode(secret, typed, at), typed)
  for (const typed of ['', '5047', '0504711', '05047a', '٠٥٠٤٧١', '050471\u0000', '-50471', '5.0471']) {
    assert.equal(await stepOfCode(secret, typed, at), undefined, JSON.stringify(typed))
  }
})

test('the otpauth URI for an authenticator app has the issuer and the account', async () => {
  const { secret: typed, uri } = await provisioningOf(secret, {
    issuer: 'auth.example.org',
    account: 'ann+x@example.org',
  })
  assert.equal(typed, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  const url = new URL(uri)
  assert.deepEqual([url.protocol, url.host], ['otpauth:', 'totp'])
  assert.equal(decodeURIComponent(url.pathname), '/auth.example.org:ann+x@example.org')
  assert.equal(url.searchParams.get('secret'), typed)
  assert.equal(url.searchParams.get('issuer'), 'auth.example.org')
  assert.match(await qrSvgOf(uri), /^<svg [^<>]*><path d="[^"<>]*"\/><\/svg>$/)
})
