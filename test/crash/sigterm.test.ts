import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { assertWhole } from '#test/crash/whole.ts'
import { password } from '#test/support/auth-calls.ts'
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
    const { user } = JSON.parse(await text(answer))
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

/** Asks until nobody listens any more, which is how it is seen that the signal has come. */
async function refusesConnections(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/healthz`, { headers: { connection: 'close' } }).catch(() => undefined)
    if (answer === undefined) return
    await answer.arrayBuffer()
  }
}
