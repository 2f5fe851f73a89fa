import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { assertWhole } from '#test/crash/whole.ts'
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

/** A sign-up whose head the server has read, by its own word, and whose body it gets when `go` is called. */
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
  // Whoever waits for it hears of its failure; before that it is no crash of the test.
  answered.catch(() => {})
  await Promise.race([read.promise, answered])
  return { go: held.resolve, answered }
}

onBothEngines('a server that gets a SIGTERM', ({ freshPlace }) => {
  test('answers what is in flight, keeps it, takes nothing new and exits with 0', async () => {
    const place = await freshPlace()
    const server = await spawnServer(place)
    const begun = await Promise.all(emails.map((email) => begin(server.url, email)))
    // Half of the bodies are there before the signal, and are hashed while it comes.
    for (const { go } of begun.slice(0, 10)) go()
    await setImmediate()
    const stopped = server.stop()
    await refusesConnections(server.url)
    for (const { go } of begun.slice(10)) go()
    const answers = await Promise.all(begun.map(({ answered }) => answered))
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.user.email]),
      emails.map((email) => [201, email]),
    )
    assert.equal(await stopped, 0, server.output())
    assert.deepEqual(await assertWhole(place), new Set(emails))
  })
})

const workers = 12

/** Somebody who never stops: what a proxy asks, what a client reads and writes, and what costs a hash. */
async function work(url: string, person: Person, told: string[], isOver: () => boolean): Promise<void> {
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
    told.push(`${what} ${reply.status}`)
    if (what === 'refresh') session = sessionIn(reply)
  }
}

onBothEngines('a server under load that gets a SIGTERM', ({ freshPlace }) => {
  test('fails no request of clients that keep their connections, until it is noticed', async (t) => {
    const place = await freshPlace()
    const server = await spawnServer(place, { SIGIL_DRAIN_DELAY: '3s' })
    const people = await atOnce(workers, () => signedUp(clientAt(server.url)))
    let hasNoticed = false
    const told: string[] = []
    const working = Promise.all(people.map((person) => work(server.url, person, told, () => hasNoticed)))
    // Whoever waits for it below hears of its failure.
    working.catch(() => {})
    const balancer = keptClientAt(server.url)
    while (told.length < 20 * workers) assert.equal((await balancer.get('/readyz')).status, 200)
    const before = told.length
    const stopped = server.stop()
    while ((await balancer.get('/readyz')).status === 200);
    // It goes on for a while, as a balancer does that asks a few times more before it believes.
    while (told.length - before < 4 * workers) await balancer.get('/healthz')
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
    const answer = await clientAt(url)
      .get('/healthz')
      .catch(() => undefined)
    if (answer === undefined) return
  }
}
