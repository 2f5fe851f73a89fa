import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuseByWrongClock } from '#src/tokens/mint.ts'
import { capturedLog } from '#test/support/captured-log.ts'
import { browserAt, type Client, clientAt, type Reply } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, assertPage, sendForm } from '#test/support/forms.ts'
import { arrived, goodPassword, isAccepted, refresh } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const password = '/api/v1/me/password'

/** A server whose wall clock the test sets, while the clock of the database stays right. */
async function serveByClock(engine: Engine, { aheadMs = 0 } = {}) {
  const clock = testClock()
  const { log, lines } = capturedLog('info')
  let stepped = aheadMs
  const wall = { ...clock, now: () => clock.now() + stepped }
  const { url, world } = await serveTestWorld(engine, { clock: wall, log })
  const step = (toMs: number) => {
    stepped = toMs
  }
  return { url, world, clock, step, lines, client: clientAt(url) }
}

/** SQLite has no separate clock to compare with, so a wrong clock is not detected there. */
function assertMinted(engine: Engine, reply: Reply): void {
  if (engine.dialect === 'postgres') assertRefused(reply, 'unavailable')
  else assert.equal(reply.status, 200, reply.text)
}

onBothEngines('a clock more than a minute off', (engine) => {
  test('while the clock is off no token is issued, and no refresh counter or password changes', async () => {
    for (const offMs of engine.dialect === 'postgres' ? [62_000, -62_000, 86_400_000] : [62_000]) {
      const { client, clock, step } = await serveByClock(engine)
      const { person, session } = await arrived(client)
      const bearer = session.access_token
      const login = { login: person.email, password: person.password }
      step(offMs)
      assertMinted(engine, await refresh(client, session.refresh_token))
      assertMinted(engine, await client.post('/api/v1/auth/signin', login))
      if (engine.dialect === 'sqlite') continue
      const change = { current: person.password, new: 'another plum tarot 43' }
      assertRefused(
        await client.put(password, change, { bearer }),
        offMs > 900_000 ? 'not_signed_in' : 'unavailable',
      )
      step(0)
      // After the grace period: if the counter had changed, this would count as theft.
      clock.forward(80_000)
      const next = await refresh(client, session.refresh_token)
      assert.equal(next.status, 200, next.text)
      assert.match(next.body.refresh_token, /^sgr_[\w-]{22}\.1\./)
      const { data } = (await client.get('/api/v1/me/sessions', { bearer: next.body.access_token })).body
      assert.deepEqual(
        data.map(({ id }) => id),
        [session.session_id],
      )
      assert.equal((await client.post('/api/v1/auth/signin', login)).status, 200)
    }
  })

  test('while the clock is off pages issue no token, neither at sign-in nor when viewed', async () => {
    const { url, step, clock } = await serveByClock(engine)
    const browser = browserAt(url)
    const email = await arrivedOnPage(browser)
    clock.forward(10 * 60_000)
    step(62_000)
    const views = () => [
      browser.get('/account'),
      sendForm(browserAt(url), '/sign-in', { login: email, password: goodPassword }),
    ]
    const isOff = engine.dialect === 'postgres'
    for (const [at, reply] of (await Promise.all(views())).entries()) {
      assert.equal(reply.status, isOff ? 503 : [200, 303][at], reply.text)
      assert.equal(reply.headers['retry-after'], isOff ? '1' : undefined)
      if (isOff) assert.deepEqual(reply.cookies, [])
    }
    step(0)
    assertPage(await browser.get('/account'), 200)
  })
})

onBothEngines('judging tokens with a wrong clock', (engine) => {
  test('a slow clock judges no token, and a fast one judges every token', async () => {
    const { client, step } = await serveByClock(engine)
    const { session } = await arrived(client)
    const judged = () => judgements(client, session.access_token)
    step(62_000)
    assert.deepEqual(await judged(), [204, 200, 200, 200])
    step(-62_000)
    const isKnown = engine.dialect === 'postgres'
    assert.deepEqual(await judged(), isKnown ? [503, 503, 503, 503] : [204, 200, 200, 200])
    step(0)
    assert.equal(await isAccepted(client, session.access_token), true)
  })

  test('a clock less than a minute off is trusted', async () => {
    const { client, step } = await serveByClock(engine)
    const { session } = await arrived(client)
    for (const offMs of [55_000, -55_000]) {
      step(offMs)
      assert.deepEqual(await judgements(client, session.access_token), [204, 200, 200, 200])
      await arrived(client)
    }
  })
})

onBothEngines('detecting a wrong clock', (engine) => {
  test('a wrong clock is detected before the first call is answered', async () => {
    const { client } = await serveByClock(engine, { aheadMs: 120_000 })
    const { email } = (
      await client.post('/api/v1/auth/signup', { email: 'a@b.example', password: goodPassword })
    ).body.user
    assertMinted(engine, await client.post('/api/v1/auth/signin', { login: email, password: goodPassword }))
  })

  test('no token is issued with a time that was read before the clock was set right', async () => {
    const { world, step } = await serveByClock(engine)
    step(62_000)
    const now = world.clock.now()
    step(0)
    const isRefused = engine.dialect === 'postgres'
    if (isRefused) assert.throws(() => refuseByWrongClock(world, now), { code: 'unavailable' })
    else refuseByWrongClock(world, now)
    refuseByWrongClock(world, world.clock.now())
  })

  test('a wrong clock is logged once, and so is its end', async () => {
    const { client, clock, step, lines } = await serveByClock(engine)
    const logged = () => lines.filter(({ msg }) => String(msg).startsWith('The clock '))
    for (const [stepMs, said] of [
      [62_000, 1],
      [62_000, 1],
      [0, 2],
    ] as const) {
      step(stepMs)
      clock.forward(5000)
      // The check is in progress: its result is logged by the time the database has answered other calls.
      for (let times = 0; times < 5; times++) await client.get('/api/v1/auth/verify', { bearer: 'x' })
      await client.get('/readyz')
      assert.equal(logged().length, engine.dialect === 'postgres' ? said : 0)
    }
    if (engine.dialect === 'postgres') {
      const [off, right] = logged()
      assert.deepEqual([off?.level, right?.level], ['error', 'info'])
      assert.ok(Number(off?.skew_ms) > 60_000 && Number(right?.skew_ms) < 5000)
    }
  })
})

async function judgements(client: Client, bearer: string): Promise<number[]> {
  const replies = [
    await client.get('/api/v1/auth/verify', { bearer }),
    await client.get('/ext_authz/x', { bearer }),
    await client.post('/api/v1/auth/verify', { token: bearer }),
    await client.get('/api/v1/me', { bearer }),
  ]
  return replies.map(({ status }) => status)
}
