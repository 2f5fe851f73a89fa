import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { createVerifier, type Fetch, type VerifierOptions, type VerifyError } from '../src/verify.ts'
import { codeOf, held } from './support/logged.ts'
import { awaitPropagation, issuer, SigilDouble, verifierKey } from './support/sigil-double.ts'

test('remembers no more tokens than it is told, and none where it is told so', async () => {
  const { sigil, verifier } = await held({ cacheSize: 20 })
  const tokens = Array.from({ length: 200 }, (_, at) => sigil.mint({ jti: `${at}` }))
  for (const token of tokens) {
    await verifier.verify(token)
    assert.ok(verifier.state().remembered <= 20)
  }
  assert.ok(verifier.state().remembered >= 10)
  for (const token of tokens) assert.equal(await codeOf(verifier, token), 'good')
  const none = sigil.verifier({ cacheSize: 0 })
  await none.ready()
  await none.verify(sigil.mint())
  assert.equal(none.state().remembered, 0)
})

test('judges by no answer that a cache in the place of fetch may have kept', async () => {
  const sigil = new SigilDouble()
  const kept = new Map<string, ReturnType<Fetch>>()
  const caching: Fetch = (url, init) => {
    // As Next.js did up to 14, where it was not told otherwise.
    if (init.cache === 'no-store') return sigil.fetch(url, init)
    const asked = url + init.body
    const answer = kept.get(asked) ?? sigil.fetch(url, init)
    kept.set(asked, answer)
    return answer
  }
  const verifier = sigil.verifier({ fetch: caching })
  const token = sigil.mint()
  assert.equal(await codeOf(verifier, token), 'good')
  await sigil.pass(3000)
  sigil.revoke('signature')
  await sigil.pass(3000)
  assert.equal(await codeOf(verifier, token), 'revoked')
  sigil.rotate()
  await sigil.pass(6 * 60_000, 10_000)
  assert.equal(await codeOf(verifier, sigil.mint({}, { jti: 'another' })), 'good')
})

test('tells of the lease when it is gained and when it is lost', async () => {
  const told: string[] = []
  const { sigil, verifier } = await held({ onState: ({ lease }) => told.push(lease) })
  await sigil.pass(5000)
  assert.deepEqual(told, ['held'])
  sigil.error = () => {
    throw new Error('down')
  }
  await sigil.pass(3000)
  assert.deepEqual(told, ['held', 'lapsed'])
  sigil.error = undefined
  await sigil.pass(3000)
  assert.deepEqual(told, ['held', 'lapsed', 'held'])
  assert.equal(verifier.state().lease, 'held')
})

test('ready waits while the server is away, and rejects where that will not help', async () => {
  const sigil = new SigilDouble()
  sigil.error = () => {
    throw new Error('down')
  }
  const patient = sigil.verifier()
  let isReady = false
  const ready = patient.ready().then(() => {
    isReady = true
  })
  await sigil.pass(3000)
  assert.equal(isReady, false)
  sigil.error = undefined
  await sigil.pass(6000)
  await ready
  const wrong = sigil.verifier({ key: 'sgv_wrong' })
  await assert.rejects(wrong.ready(), (error: VerifyError) => {
    assert.match(`${error.cause}`, /refuses the verifier key/)
    return error.code === 'unavailable'
  })
  sigil.error = () => new Promise(() => {})
  const closed = sigil.verifier()
  const waiting = closed.ready()
  await awaitPropagation()
  closed.close()
  await assert.rejects(waiting, { code: 'closed' })
})

test('a process that does nothing yet but wait for the server goes on waiting', async (t) => {
  let asked = 0
  const again = Promise.withResolvers<string>()
  // Away as behind a balancer that has nobody to ask, until the process has come back once more.
  const away = createServer((request, response) => {
    if (request.url?.endsWith('/poll') && ++asked > 1) again.resolve('asked again')
    response.writeHead(503, { connection: 'close' }).end()
  }).listen(0, '127.0.0.1')
  t.after(() => away.close())
  await once(away, 'listening')
  const address = away.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const options = JSON.stringify({ issuer: url, audience: url, key: verifierKey })
  const program = [
    `import { createVerifier } from ${JSON.stringify(new URL('../src/verify.ts', import.meta.url).href)}`,
    `await createVerifier(${options}).ready()`,
  ].join('\n')
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(([code]) => `ended with ${code}`)
  assert.equal(await Promise.race([again.promise, ended]), 'asked again')
})

test('after close nothing is judged, nothing is asked, and no timer is left', async () => {
  const { sigil, verifier } = await held()
  const token = sigil.mint()
  await verifier.verify(token)
  const signals: AbortSignal[] = []
  const watching = createVerifier({
    issuer,
    audience: issuer,
    key: verifierKey,
    clock: sigil.clock,
    fetch: (url, init) => {
      signals.push(init.signal)
      return sigil.fetch(url, init)
    },
  })
  await watching.ready()
  await awaitPropagation()
  for (const one of [verifier, watching]) one.close()
  assert.equal(await codeOf(verifier, token), 'closed')
  assert.throws(() => verifier.verifySync(token), { code: 'closed' })
  await assert.rejects(verifier.ready(), { code: 'closed' })
  assert.equal(verifier.state().lease, 'lapsed')
  assert.ok(signals.at(-1)?.aborted)
  const { length } = sigil.polls
  await sigil.pass(10_000)
  assert.equal(sigil.polls.length, length)
  verifier.close()
})

test('a mistake in the options is a TypeError that names it, and never repeats the key', () => {
  const right = { issuer, audience: issuer, key: verifierKey }
  const wrong: [object, RegExp][] = [
    [{ issuer: '' }, /issuer/],
    [{ issuer: 'auth.example.org' }, /issuer/],
    [{ issuer: `${issuer}/` }, /issuer/],
    [{ audience: '' }, /audience/],
    [{ audience: [] }, /audience/],
    [{ audience: undefined }, /audience/],
    [{ key: '' }, /key/],
    [{ key: undefined }, /key/],
    [{ key: 'hunter2' }, /^(?!.*hunter2).*key/],
    [{ serverUrl: 'sigil:8000' }, /serverUrl/],
    [{ stale: 'allow' }, /stale/],
    [{ stale: { boundedSeconds: 0 } }, /stale/],
    [{ stale: { boundedSeconds: Number.POSITIVE_INFINITY } }, /stale/],
    [{ cacheSize: -1 }, /cacheSize/],
  ]
  for (const [mistake, message] of wrong) {
    const make = () => createVerifier({ ...right, ...mistake } as VerifierOptions)
    assert.throws(make, { name: 'TypeError', message }, JSON.stringify(mistake))
  }
})
