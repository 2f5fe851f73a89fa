import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt, type Client } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, assertLeads, assertPage } from '#test/support/forms.ts'
import { goodPassword, isAccepted, signedIn } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

const tokenOf = (visitor: Client) => visitor.jar.valueOf('access_token')

/** A signed-in visitor of a server whose clock the test controls. */
async function visit(engine: Engine, env: Record<string, string> = {}) {
  const clock = testClock()
  const { url } = await serveTestWorld(engine, { clock, env })
  const visitor = browserAt(url)
  const email = await arrivedOnPage(visitor)
  return { clock, visitor, email, stranger: browserAt(url) }
}

onBothEngines('the access token of a page session', (engine) => {
  test('a page renews the access token only in the second half of its lifetime', async () => {
    const { clock, visitor } = await visit(engine)
    const first = tokenOf(visitor)
    clock.forward(7 * minuteMs)
    assert.deepEqual((await visitor.get('/account')).cookies, [])
    clock.forward(minuteMs)
    await visitor.get('/account')
    assert.notEqual(tokenOf(visitor), first)
  })

  test('a page session outlives its access tokens without scripts', async () => {
    const { clock, visitor, stranger } = await visit(engine)
    const first = tokenOf(visitor)
    clock.forward(20 * minuteMs)
    assert.equal(await isAccepted(stranger, first), false)
    for (const path of [
      '/account',
      '/account/history',
      '/account/profile',
      '/account/password',
      '/account/delete',
    ]) {
      visitor.jar.keep(`access_token=${first}; Path=/`)
      assertPage(await visitor.get(path), 200)
      assert.equal(await isAccepted(stranger, tokenOf(visitor)), true, path)
    }
  })

  test('a page replaces a lost access token', async () => {
    const { visitor, stranger } = await visit(engine)
    visitor.jar.keep('access_token=; Path=/; Max-Age=0')
    await visitor.get('/account')
    assert.equal(await isAccepted(stranger, tokenOf(visitor)), true)
  })

  test('a page keeps a valid access token of another session', async () => {
    const { clock, visitor, stranger, email } = await visit(engine)
    const { access_token } = await signedIn(stranger, { email, password: goodPassword })
    visitor.jar.keep(`access_token=${access_token}; Path=/`)
    clock.forward(10 * minuteMs)
    assertPage(await visitor.get('/account'), 200)
    assert.equal(tokenOf(visitor), access_token)
    clock.forward(10 * minuteMs)
    assertPage(await visitor.get('/account'), 200)
    assert.notEqual(tokenOf(visitor), access_token)
  })
})

onBothEngines('a page session over time', (engine) => {
  test('a page session that is used is extended, at most once a day', async () => {
    const { clock, visitor } = await visit(engine)
    const seconds = `Max-Age=${(14 * dayMs) / 1000}`
    assert.ok(visitor.jar.attributesOf('session').includes(seconds))
    clock.forward(dayMs / 2)
    const soon = await visitor.get('/account')
    assert.ok(!soon.cookies.some((cookie) => cookie.startsWith('session=')))
    for (let days = 0; days < 3; days++) {
      clock.forward(10 * dayMs)
      const later = await visitor.get('/account')
      assertPage(later, 200)
      assert.ok(later.cookies.some((cookie) => cookie.startsWith('session=')))
      assert.ok(visitor.jar.attributesOf('session').includes(seconds))
    }
  })

  test('a page session that is not used expires', async () => {
    const { clock, visitor } = await visit(engine)
    clock.forward(14 * dayMs - minuteMs)
    assertPage(await visitor.get('/account'), 200)
    clock.forward(14 * dayMs)
    const late = await visitor.get('/account')
    assertLeads(late, '/sign-in?next=%2Faccount')
    assert.ok((await visitor.get('/sign-in')).text.includes('You were signed out.'))
    assertPage(await visitor.get('/sign-in?next=/x'), 200)
  })

  test('a page session ends after ninety days even if it is used', async () => {
    const { clock, visitor } = await visit(engine)
    for (let days = 0; days < 80; days += 10) {
      clock.forward(10 * dayMs)
      assertPage(await visitor.get('/account'), 200)
    }
    assert.ok(visitor.jar.attributesOf('session').includes(`Max-Age=${(10 * dayMs) / 1000}`))
    clock.forward(9 * dayMs)
    assertPage(await visitor.get('/account'), 200)
    clock.forward(dayMs)
    assertLeads(await visitor.get('/account'), '/sign-in?next=%2Faccount')
  })

  test('a page session with a lifetime under a day is extended too', async () => {
    const { clock, visitor } = await visit(engine, { SIGIL_REFRESH_LIFETIME: '1h' })
    for (let times = 0; times < 5; times++) {
      clock.forward(50 * minuteMs)
      assertPage(await visitor.get('/account'), 200)
    }
  })

  test('a page view updates the last use of its session', async () => {
    const { clock, visitor } = await visit(engine)
    clock.forward(3 * dayMs)
    await visitor.get('/account')
    const page = await visitor.get('/account')
    const times = [...page.text.matchAll(/<time datetime="([^"]+)"/g)].map(([, time]) =>
      Date.parse(time ?? ''),
    )
    assert.equal((times[0] ?? 0) - (times[1] ?? 0), 3 * dayMs)
  })
})
