import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { createVerifier, type Fetch, type VerifierOptions } from '../src/verify.ts'
import { codeOf, held } from './support/logged.ts'
import { issuer, runPending, SigilDouble, verifierKey } from './support/sigil-double.ts'

test('a verifier caches at most cacheSize tokens, and none with 0', async () => {
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

test('a verifier is not misled by a caching fetch', async () => {
  const sigil = new SigilDouble()
  const cached = new Map<string, ReturnType<Fetch>>()
  const caching: Fetch = (url, init) => {
    // As Next.js did up to 14 by default.
    if (init.cache === 'no-store') return sigil.fetch(url, init)
    const asked = url + init.body
    const answer = cached.get(asked) ?? sigil.fetch(url, init)
    cached.set(asked, answer)
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

test('onState is called when the lease is gained and when it is lost', async () => {
  const states: string[] = []
  const { sigil, verifier } = await held({ onState: ({ lease }) => states.push(lease) })
  await sigil.pass(5000)
  assert.deepEqual(states, ['held'])
  sigil.error = () => {
    throw new Error('down')
  }
  await sigil.pass(3000)
  assert.deepEqual(states, ['held', 'lapsed'])
  sigil.error = undefined
  await sigil.pass(3000)
  assert.deepEqual(states, ['held', 'lapsed', 'held'])
  assert.equal(verifier.state().lease, 'held')
})

test('ready waits while the server is unreachable, and periodically logs why', async () => {
  const sigil = new SigilDouble()
  sigil.error = () => {
    throw new Error('down')
  }
  const messages: string[] = []
  const patient = sigil.verifier({ log: (message) => messages.push(message) })
  let isReady = false
  const ready = patient.ready().then(() => {
    isReady = true
  })
  await sigil.pass(9000)
  assert.equal(isReady, false)
  assert.deepEqual(messages, [`@sigil/verify is waiting for ${issuer}: down`])
  await sigil.pass(5000)
  assert.equal(messages.length, 2)
  sigil.error = undefined
  await sigil.pass(6000)
  await ready
  sigil.error = () => {
    throw new Error('down')
  }
  await sigil.pass(30_000)
  assert.equal(messages.length, 2)
})

test('ready rejects a wrong issuer, audience or key, and names it', async () => {
  const sigil = new SigilDouble()
  const wrong: [Partial<VerifierOptions>, RegExp][] = [
    [
      { key: 'sgv_wrong' },
      /^Sigil rejected the verifier key \(401\): use one printed by `sigil verifier add`\.$/,
    ],
    [
      { issuer: 'https://wrong.example', audience: issuer, serverUrl: 'http://sigil:8000' },
      /http:\/\/sigil:8000 issues tokens as https:\/\/auth\.example\.org.*https:\/\/wrong\.example/,
    ],
    [
      { audience: 'https://wrong.example' },
      /audience https:\/\/auth\.example\.org.*https:\/\/wrong\.example/,
    ],
  ]
  for (const [options, message] of wrong) {
    const verifier = sigil.verifier(options)
    await assert.rejects(verifier.ready(), { code: 'misconfigured', status: 503, message })
    assert.match(verifier.state().lastFailure ?? '', message)
    verifier.close()
  }
  // A server that does not report its issuer and audience is accepted.
  Object.assign(sigil, { issuer: undefined, audience: undefined })
  await sigil.verifier().ready()
})

test('ready rejects when the verifier is closed', async () => {
  const sigil = new SigilDouble()
  sigil.error = () => new Promise(() => {})
  const closed = sigil.verifier()
  const waiting = closed.ready()
  await runPending()
  closed.close()
  await assert.rejects(waiting, { code: 'closed' })
})

test('a process that only waits for the server does not end', async (t) => {
  let asked = 0
  const again = Promise.withResolvers<string>()
  // A load balancer without a backend responds like this. The test ends when the process has retried.
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

test('after close a verifier rejects every token, makes no request and leaves no timer', async () => {
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
  await runPending()
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

test('a wrong option is a TypeError that names it and never contains the key', () => {
  const right = { issuer, audience: issuer, key: verifierKey }
  const wrong: [object, RegExp][] = [
    [{ issuer: '' }, /issuer/],
    [{ issuer: 'auth.example.org' }, /issuer/],
    [{ issuer: `${issuer}/` }, /issuer/],
    [{ audience: '' }, /audience/],
    [{ audience: [] }, /audience/],
    [{ audience: undefined }, /audience/],
    [{ clients: 'app_1' }, /clients/],
    [{ clients: [''] }, /clients/],
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
