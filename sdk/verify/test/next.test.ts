import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as forNext from '../src/next.ts'
import { VerifyError } from '../src/verify.ts'
import { SigilDouble } from './support/sigil-double.ts'

test('next: unexpected errors are thrown, and only pages are redirected to the sign-in', async () => {
  const { sigil, verifier } = withDouble()
  const proxy = forNext.signedInProxy(verifier, { signIn: 'https://auth.example.org/sign-in', role: 'admin' })
  const ask = (headers: Record<string, string>, method = 'GET') =>
    proxy(new Request('https://app.example.org/account', { headers, method }))
  const page = { accept: 'text/html' }
  assert.equal((await ask(page))?.status, 307)
  assert.equal((await ask(page, 'POST'))?.status, 401)
  assert.equal((await ask({}))?.status, 401)
  assert.equal((await ask({ ...page, authorization: `Bearer ${sigil.mint()}` }))?.status, 403)
  assert.equal(await ask({ authorization: `Bearer ${sigil.mint({ roles: ['admin'] })}` }), undefined)
  const error = { verify: () => Promise.reject(new Error('unexpected')) }
  const asked = new Request('https://app.example.org/account')
  await assert.rejects(forNext.signedInProxy(error)(asked), /unexpected/)
  await assert.rejects(forNext.signedIn(error, () => new Response())(asked), /unexpected/)
  await assert.rejects(forNext.currentToken(error, new Headers()), /unexpected/)
  const away = { verify: () => Promise.reject(new VerifyError('unavailable')) }
  await assert.rejects(forNext.currentToken(away, new Headers()), { code: 'unavailable' })
})

test('next: the return address is a path on the host of the sign-in page, otherwise a full URL', async () => {
  const here = 'https://app.example.org/account?x=1'
  const wayBack = async (signIn: string, page = here) => {
    const proxy = forNext.signedInProxy(withDouble().verifier, { signIn })
    const answer = await proxy(new Request(page, { headers: { accept: 'text/html' } }))
    return new URL(answer?.headers.get('location') ?? '').searchParams.get('next')
  }
  assert.equal(await wayBack('/sign-in'), '/account?x=1')
  assert.equal(await wayBack('https://app.example.org/sign-in'), '/account?x=1')
  assert.equal(await wayBack('https://auth.example.org/sign-in'), here)
  // Behind a proxy with TLS the app is called over http.
  const inside = here.replace('https:', 'http:')
  assert.equal(await wayBack('https://app.example.org/sign-in', inside), '/account?x=1')
})

test('next: the other arguments of a handler are passed through', async () => {
  const { sigil, verifier } = withDouble()
  const handler = forNext.signedIn(verifier, (_request: Request, { userId }, context: { id: string }) =>
    Response.json([userId, context.id]),
  )
  const asked = new Request('https://app.example.org', {
    headers: { authorization: `Bearer ${sigil.mint()}` },
  })
  assert.deepEqual(await (await handler(asked, { id: '7' })).json(), ['user', '7'])
})

function withDouble() {
  const sigil = new SigilDouble()
  return { sigil, verifier: sigil.verifier() }
}
