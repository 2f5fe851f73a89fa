import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, isAccepted, logOut } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** The order of the base point of P-256 (FIPS 186-5, SP 800-186 section 3.2.1.3). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The token with its other valid JWS signature, which anyone can compute: (r, n−s) for (r, s). */
function twinOf(token: string): string {
  const [header, claims, jwsSignature = ''] = token.split('.')
  const bytes = Buffer.from(jwsSignature, 'base64url')
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const other = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')
  const twin = Buffer.concat([bytes.subarray(0, 32), other]).toString('base64url')
  return `${header}.${claims}.${twin}`
}

onBothEngines('the malleability of ECDSA', (engine) => {
  const server = serverForSuite(engine)

  test('a token with the other valid JWS signature is revoked together with the original', async () => {
    const client = clientAt(server().url)
    for (const isTwinPresented of [false, true]) {
      const { session } = await arrived(client)
      const token = session.access_token
      const twin = twinOf(token)
      assert.notEqual(twin, token)
      for (const one of [token, twin]) assert.equal(await isAccepted(client, one), true)
      assert.equal((await logOut(client, isTwinPresented ? twin : token)).status, 204)
      for (const one of [token, twin]) assert.equal(await isAccepted(client, one), false)
    }
  })

  test('other claims before the JWS signature of an accepted token are rejected', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const token = session.access_token
    assert.equal(await isAccepted(client, token), true)
    const [header, claims = '', jwsSignature] = token.split('.')
    const own = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const others = Buffer.from(JSON.stringify({ ...own, roles: ['admin'] })).toString('base64url')
    assert.equal(await isAccepted(client, `${header}.${others}.${jwsSignature}`), false)
    assert.equal(await isAccepted(client, token), true)
  })
})
