import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stale } from '../src/verify.ts'
import { issuer, ok, refused, runPending, SigilDouble, silence } from './support/sigil-double.ts'

/** A verifier whose lease has just lapsed, because its polls get no response. */
async function lapsed(stale?: Stale) {
  const sigil = new SigilDouble()
  const verifier = sigil.verifier(stale === undefined ? {} : { stale })
  const token = sigil.mint()
  await verifier.verify(token)
  await verifier.ready()
  sigil.error = (path) => (path.endsWith('/poll') ? silence() : undefined)
  await sigil.pass(2550)
  assert.equal(verifier.state().lease, 'lapsed')
  return { sigil, verifier, token }
}

test('with a lease, no token is sent to the server', async () => {
  const sigil = new SigilDouble()
  const verifier = sigil.verifier()
  await verifier.ready()
  for (let times = 0; times < 10; times++) await verifier.verify(sigil.mint())
  assert.equal(sigil.asked.length, 0)
})

test('ask: each verification calls the server and uses its verdict', async () => {
  const { sigil, verifier, token } = await lapsed()
  await verifier.verify(token)
  await Promise.all([verifier.verify(token), verifier.verify(token)])
  assert.equal(sigil.asked.length, 3)
  sigil.revoke('session')
  await assert.rejects(verifier.verify(token), { code: 'revoked' })
  assert.throws(() => verifier.verifySync(token), { code: 'unavailable' })
})

test('ask: the endpoint for its kind judges each token of a verifier with several audiences', async () => {
  const sigil = new SigilDouble()
  const api = 'https://api.example.org'
  const verifier = sigil.verifier({ audience: [issuer, api] })
  const own = sigil.mint()
  const ofApp = sigil.mint({ aud: api, client_id: 'app' })
  const calls: string[] = []
  sigil.error = async (path) => {
    if (path.endsWith('/poll')) return silence()
    if (!path.endsWith('jwks.json')) calls.push(path)
    return path === '/oauth/introspect' ? ok({ active: true }) : undefined
  }
  await verifier.verify(own)
  await verifier.verify(ofApp)
  assert.deepEqual(calls, ['/api/v1/auth/verify', '/oauth/introspect'])
})

test('ask: a token that is invalid by itself is not sent to the server', async () => {
  const { sigil, verifier } = await lapsed()
  await assert.rejects(verifier.verify(new SigilDouble().mint()), { code: 'unknown_key' })
  await assert.rejects(verifier.verify(sigil.mint({ exp: 1 })), { code: 'expired' })
  await assert.rejects(verifier.verify(`${sigil.mint().slice(0, -4)}AAAA`), { code: 'bad_signature' })
  assert.equal(sigil.asked.length, 0)
})

test('ask: any response without a clear verdict is unavailable', async () => {
  const answers = [
    () => refused(503),
    () => refused(500),
    () => refused(302),
    () => refused(204),
    async () => ok({}),
    async () => ok(null),
    async () => ok({ access: 'true' }),
    async () => ok({ access: 1 }),
    () => Promise.reject(new Error('no route to host')),
  ]
  for (const answer of answers) {
    const { sigil, verifier, token } = await lapsed()
    sigil.error = answer
    await assert.rejects(verifier.verify(token), { code: 'unavailable', status: 503 }, `${answer}`)
    verifier.close()
  }
})

test('ask: a request to a server that does not respond is aborted after two seconds', async () => {
  const { sigil, verifier, token } = await lapsed()
  sigil.error = silence
  const asking = assert.rejects(verifier.verify(token), { code: 'unavailable' })
  await sigil.pass(2000)
  await asking
})

test('ask: a response after close is ignored', async () => {
  const { sigil, verifier, token } = await lapsed()
  let answer = () => {}
  const late = new Promise<void>((resolve) => {
    answer = resolve
  })
  sigil.error = async () => {
    await late
    return ok({ access: true })
  }
  const asking = assert.rejects(verifier.verify(token), { code: 'closed' })
  await runPending()
  verifier.close()
  answer()
  await asking
})

test('ask: the server is called before the first lease: a cold start rejects no valid token', async () => {
  const sigil = new SigilDouble()
  sigil.error = (path) => (path.endsWith('/poll') ? silence() : undefined)
  const verifier = sigil.verifier()
  assert.equal((await verifier.verify(sigil.mint())).userId, 'user')
  assert.equal(sigil.asked.length, 1)
})

test('deny: without a lease every verification is unavailable, and the server is not called', async () => {
  const { sigil, verifier, token } = await lapsed('deny')
  await assert.rejects(verifier.verify(token), { code: 'unavailable' })
  assert.throws(() => verifier.verifySync(token), { code: 'unavailable' })
  assert.equal(sigil.asked.length, 0)
  sigil.error = undefined
  await sigil.pass(2500)
  await verifier.verify(token)
})

test('bounded: tokens are judged by known revocations for that long, and not longer', async () => {
  const { sigil, verifier, token } = await lapsed({ boundedSeconds: 10 })
  await sigil.pass(9000)
  await verifier.verify(token)
  verifier.verifySync(token)
  await sigil.pass(1500)
  await assert.rejects(verifier.verify(token), { code: 'unavailable' })
  assert.equal(sigil.asked.length, 0)
})

test('bounded: known revocations count, and nothing is judged before the first lease', async () => {
  const sigil = new SigilDouble()
  const verifier = sigil.verifier({ stale: { boundedSeconds: 3600 } })
  const token = sigil.mint()
  sigil.error = (path) => (path.endsWith('/poll') ? refused(503) : undefined)
  await assert.rejects(verifier.verify(token), { code: 'unavailable' })
  sigil.error = undefined
  await sigil.pass(1000)
  await verifier.verify(token)
  sigil.revoke('session')
  await runPending()
  sigil.error = (path) => (path.endsWith('/poll') ? silence() : undefined)
  await sigil.pass(5000)
  await assert.rejects(verifier.verify(token), { code: 'revoked' })
  await verifier.verify(sigil.mint({ sid: 'another' }))
})
