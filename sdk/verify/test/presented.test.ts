import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, held } from './support/logged.ts'
import { SigilDouble } from './support/sigil-double.ts'

test('a token is read from a request by the same rules as in the server', async () => {
  const { sigil, verifier } = await held({ cookie: 'access_token' })
  const token = sigil.mint()
  const bearer = `Bearer ${token}`
  const cookie = `access_token=${token}`
  const good: Record<string, string>[] = [
    { authorization: bearer },
    { authorization: `bearer   ${token}  ` },
    { cookie },
    { cookie: `a=b; ${cookie}; c=d` },
    { cookie: `access_token2=x;${cookie}` },
    { authorization: bearer, cookie: 'access_token=x' },
    { authorization: 'Basic eDp5', cookie },
    { authorization: 'Digest username="x, Bearer y", realm="z"', cookie },
  ]
  const missing: Record<string, string>[] = [
    {},
    { authorization: '', cookie },
    { authorization: 'Basic' },
    { authorization: 'Basic eDp5' },
    { authorization: 'Basic eDp5, Basic eDp5', cookie },
    { authorization: `Basic eDp5, ${bearer}`, cookie },
    { authorization: `Digest realm="x", ${bearer}`, cookie },
    { authorization: `${bearer}, ${bearer}` },
    { authorization: token, cookie },
    { cookie: `${cookie}; ${cookie}` },
    { cookie: `access_token=; a=b` },
    { cookie: `Access_Token=${token}` },
    { cookie: `__Host-access_token=${token}` },
  ]
  const forms = [
    (headers: Record<string, string>) => new Request('https://api.example.org', { headers }),
    (headers: Record<string, string>) => ({ headers }),
  ]
  for (const form of forms) {
    for (const headers of good)
      assert.equal(await codeOf(verifier, form(headers)), 'good', JSON.stringify(headers))
    for (const headers of missing) {
      assert.equal(await codeOf(verifier, form(headers)), 'missing', JSON.stringify(headers))
    }
    assert.equal(await codeOf(verifier, form({ authorization: 'Bearer x', cookie })), 'malformed')
  }
  const twice = {
    headers: { authorization: bearer },
    rawHeaders: ['Authorization', bearer, 'authorization', 'Bearer x'],
  }
  assert.equal(await codeOf(verifier, twice), 'missing')
  assert.equal(await codeOf(verifier, { headers: { cookie: [cookie] } }), 'good')
  assert.equal(await codeOf(verifier, { headers: { cookie: [cookie, cookie] } }), 'missing')
})

test('the option cookie names the cookie; the default is the name on the server', async () => {
  const sigil = new SigilDouble()
  const withCookie = (name: string) => ({ headers: { cookie: `${name}=${sigil.mint()}` } })
  const own = sigil.verifier()
  assert.equal(await codeOf(own, withCookie('__Host-access_token')), 'good')
  assert.equal(await codeOf(own, withCookie('access_token')), 'missing')
  assert.equal(await codeOf(sigil.verifier({ cookie: 'mine' }), withCookie('mine')), 'good')
  assert.equal(await codeOf(sigil.verifier({ cookie: false }), withCookie('__Host-access_token')), 'missing')
})
