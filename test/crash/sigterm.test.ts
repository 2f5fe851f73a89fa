import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { text as readAll } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { assertWhole } from '#test/crash/whole.ts'
import { pairIn, password, signIn, signUp } from '#test/support/auth-calls.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { spawnServer } from '#test/support/processes.ts'

const emails = Array.from({ length: 20 }, (_, index) => `person${index}@example.org`)

/** A sign-up whose headers the server has read, by its own word, and whose body it has not. */
type Begun = { request: ClientRequest; body: string; answered: Promise<{ status: number; email: string }> }

async function begin(url: string, email: string): Promise<Begun> {
  const body = JSON.stringify({ email, password })
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    expect: '100-continue',
  }
  const sent = request(`${url}/api/v1/auth/signup`, { method: 'POST', headers, agent: false })
  const answered = once(sent, 'response').then(async ([answer]: IncomingMessage[]) => {
    assert.ok(answer)
    const { user } = JSON.parse(await readAll(answer))
    return { status: answer.statusCode ?? 0, email: String(user?.email) }
  })
  // Whoever waits for it hears of its failure; before that it is no crash of the test.
  answered.catch(() => {})
  sent.flushHeaders()
  await once(sent, 'continue')
  return { request: sent, body, answered }
}

onBothEngines('a server that gets a SIGTERM', ({ freshPlace }) => {
  test('answers what is in flight, keeps it, takes nothing new and exits with 0', async () => {
    const place = await freshPlace()
    const server = await spawnServer(place)
    const begun = await Promise.all(emails.map((email) => begin(server.url, email)))
    // Half of the bodies are there before the signal, and are hashed while it comes.
    for (const { request: sent, body } of begun.slice(0, 10)) sent.end(body)
    const stopped = server.stop()
    await refusesConnections(server.url)
    for (const { request: sent, body } of begun.slice(10)) sent.end(body)
    const answers = await Promise.all(begun.map(({ answered }) => answered))
    assert.deepEqual(
      answers,
      emails.map((email) => ({ status: 201, email })),
    )
    assert.equal(await stopped, 0, server.output())
    assert.deepEqual(await assertWhole(place), new Set(emails))
  })
})

const workers = 12

type Answer = { readonly status: number; readonly text: string }
type Kept = { send(method: string, path: string, sent?: Sending): Promise<Answer> }
type Sending = { readonly token?: string; readonly body?: object }

/** Calls one after the other over one connection, for as long as the server keeps that. */
function keptConnection(url: string): Kept {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  after(() => agent.destroy())
  return {
    async send(method, path, { token, body } = {}) {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      }
      const sent = request(`${url}${path}`, { method, agent, headers }).end(text)
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      return { status: answer.statusCode ?? 0, text: await readAll(answer) }
    },
  }
}

/** Somebody who never stops: what a proxy asks, what a client reads and writes, and what costs a hash. */
async function work(url: string, email: string, told: string[], isOver: () => boolean): Promise<void> {
  const { send } = keptConnection(url)
  let pair = await signIn(url, email)
  for (let turn = 0; !isOver(); turn++) {
    const what = turn % 10 === 0 ? 'signin' : turn % 3 === 0 ? 'refresh' : turn % 3 === 1 ? 'verify' : 'me'
    const calls = {
      signin: () => send('POST', '/api/v1/auth/signin', { body: { login: email, password } }),
      refresh: () => send('POST', '/api/v1/auth/refresh', { body: { refresh_token: pair.refresh } }),
      verify: () => send('GET', '/api/v1/auth/verify', { token: pair.access }),
      me: () => send('GET', '/api/v1/me', { token: pair.access }),
    }
    const { status, text } = await calls[what]()
    told.push(`${what} ${status}`)
    if (what === 'refresh') pair = pairIn({ status, body: JSON.parse(text) })
  }
}

onBothEngines('a server under load that gets a SIGTERM', ({ freshPlace }) => {
  test('fails no request of clients that keep their connections, until it is noticed', async (t) => {
    const place = await freshPlace()
    const server = await spawnServer(place, { SIGIL_DRAIN_DELAY: '3s' })
    const people = emails.slice(0, workers)
    await Promise.all(people.map((email) => signUp(server.url, { email })))
    let hasNoticed = false
    const told: string[] = []
    const working = Promise.all(people.map((email) => work(server.url, email, told, () => hasNoticed)))
    // Whoever waits for it below hears of its failure.
    working.catch(() => {})
    const balancer = keptConnection(server.url)
    while (told.length < 20 * workers) assert.equal((await balancer.send('GET', '/readyz')).status, 200)
    const before = told.length
    const stopped = server.stop()
    while ((await balancer.send('GET', '/readyz')).status === 200);
    // It goes on for a while, as a balancer does that asks a few times more before it believes.
    while (told.length - before < 4 * workers) await balancer.send('GET', '/healthz')
    hasNoticed = true
    await working
    assert.equal(await stopped, 0, server.output())
    const failed = told.filter((answer) => !/^(?:(?:signin|refresh|me) 200|verify 204)$/.test(answer))
    assert.deepEqual(failed, [])
    t.diagnostic(`${before} requests before the signal, ${told.length - before} after it, and none failed`)
    await assertWhole(place)
  })
})

/** Asks until nobody listens any more, which is how it is seen that the signal has come. */
async function refusesConnections(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/healthz`, { headers: { connection: 'close' } }).catch(() => undefined)
    if (answer === undefined) return
    await answer.arrayBuffer()
  }
}
