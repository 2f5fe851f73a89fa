import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { assertConsistent } from '#test/crash/consistent.ts'
import { atOnce } from '#test/support/at-once.ts'
import { clientAt, keptClientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import {
  goodPassword,
  type Person,
  refresh,
  sessionIn,
  signedIn,
  signedUp,
  signIn,
} from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'

const emails = Array.from({ length: 20 }, (_, index) => `person${index}@example.org`)

/**
 * Starts a sign-up: resolves when the server has read its headers, and sends the body when `go` is called.
 */
async function begin(url: string, email: string) {
  const read = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const beforeBody = () => {
    read.resolve()
    return held.promise
  }
  const answered = clientAt(url).post(
    '/api/v1/auth/signup',
    { email, password: goodPassword },
    { beforeBody },
  )
  // A failure is reported when this is awaited; until then it must not be an unhandled rejection.
  answered.catch(() => {})
  await Promise.race([read.promise, answered])
  return { go: held.resolve, answered }
}

onBothEngines('SIGTERM', ({ freshPlace }) => {
  test('a server completes the calls in flight after SIGTERM and exits with 0', async () => {
    const place = await freshPlace()
    const server = await spawnServer(place, { SIGIL_DRAIN_DELAY: '200ms' })
    const begun = await Promise.all(emails.map((email) => begin(server.url, email)))
    // Half of the bodies are sent before the signal, so that their passwords are being hashed when it
    // arrives.
    for (const { go } of begun.slice(0, 10)) go()
    await setImmediate()
    const stopped = server.stop()
    await untilConnectionsAreRefused(server.url)
    for (const { go } of begun.slice(10)) go()
    const answers = await Promise.all(begun.map(({ answered }) => answered))
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.user.email]),
      emails.map((email) => [201, email]),
    )
    assert.equal(await stopped, 0, server.output())
    assert.deepEqual(await assertConsistent(place), new Set(emails))
  })
})

const workers = 12

/** Makes calls without a pause: calls of proxies, calls of clients, and sign-ins, which cost a hash. */
async function work(url: string, person: Person, outcomes: string[], isOver: () => boolean): Promise<void> {
  const client = keptClientAt(url)
  let session = await signedIn(clientAt(url), person)
  for (let turn = 0; !isOver(); turn++) {
    const what = turn % 10 === 0 ? 'signin' : turn % 3 === 0 ? 'refresh' : turn % 3 === 1 ? 'verify' : 'me'
    const bearer = session.access_token
    const calls = {
      signin: () => signIn(client, person),
      refresh: () => refresh(client, session.refresh_token),
      verify: () => client.get('/api/v1/auth/verify', { bearer }),
      me: () => client.get('/api/v1/me', { bearer }),
    }
    const reply = await calls[what]()
    outcomes.push(`${what} ${reply.status}`)
    if (what === 'refresh') session = sessionIn(reply)
  }
}

onBothEngines('SIGTERM under load', ({ freshPlace }) => {
  test('no request fails between SIGTERM and the reaction of the load balancer', async (t) => {
    const place = await freshPlace()
    // As long as this test may take on a busy machine. The second signal ends the delay.
    const server = await spawnServer(place, { SIGIL_DRAIN_DELAY: '5m' })
    const people = await atOnce(workers, () => signedUp(clientAt(server.url)))
    let hasNoticed = false
    const outcomes: string[] = []
    const working = Promise.all(people.map((person) => work(server.url, person, outcomes, () => hasNoticed)))
    // A failure is reported when this is awaited, below.
    working.catch(() => {})
    const balancer = keptClientAt(server.url)
    while (outcomes.length < 20 * workers) assert.equal((await balancer.get('/readyz')).status, 200)
    const before = outcomes.length
    process.kill(server.pid, 'SIGTERM')
    while ((await balancer.get('/readyz')).status === 200);
    // Load balancers react only after several failed health checks.
    while (outcomes.length - before < 4 * workers) await balancer.get('/healthz')
    hasNoticed = true
    await working
    assert.equal(await server.stop(), 143, server.output())
    const failed = outcomes.filter((answer) => !/^(?:(?:signin|refresh|me) 200|verify 204)$/.test(answer))
    assert.deepEqual(failed, [])
    t.diagnostic(`${before} requests before the signal, ${outcomes.length - before} after it, none failed`)
    await assertConsistent(place)
  })
})

/** Makes calls until connections are refused: then the signal has been handled. */
async function untilConnectionsAreRefused(url: string): Promise<void> {
  for (;;) {
    const answer = await clientAt(url)
      .get('/healthz')
      .catch(() => undefined)
    if (answer === undefined) return
  }
}
