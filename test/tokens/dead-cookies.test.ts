import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode } from '#src/errors/error-codes.ts'
import { browserAt, type Client, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { logOut, personWithRoles, refresh, signedIn, signedUp } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { startServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const refreshing = '/api/v1/auth/refresh'
const logout = '/api/v1/auth/logout'
const takesRefresh = ['refresh_token=; Path=/api/v1/auth; Max-Age=0; HttpOnly; SameSite=Strict']
const takesAll = [
  'access_token=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
  ...takesRefresh,
  'session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
]

const withCookie = (cookie: string) => ({ headers: { cookie } })

/** Somebody new in a browser, with the refresh token in a cookie. */
async function browserWithCookies(url: string) {
  const browser = browserAt(url)
  const session = await signedIn(browser, await signedUp(browser), { transport: 'cookie' })
  return { browser, session, token: browser.jar.valueOf('refresh_token') }
}

onBothEngines('a refresh cookie', (engine) => {
  const server = serverForSuite(engine)

  test('that is refused is taken back, whatever is wrong with it', async () => {
    const { browser, token } = await browserWithCookies(server().url)
    await browser.post(refreshing)
    const current = browser.jar.valueOf('refresh_token')
    const client = clientAt(server().url)
    const byCookie = (value: string) =>
      client.post(refreshing, undefined, withCookie(`refresh_token=${value}`))
    const garbage = [await byCookie('x'), await byCookie(token.slice(0, -1))]
    for (const reply of garbage) assertTaken(reply, 'invalid_token', takesRefresh)
    await browser.post(refreshing)
    assertTaken(await byCookie(token), 'refresh_token_reused', takesRefresh)
    assertTaken(await byCookie(current), 'refresh_token_reused', takesRefresh)
    const { token: ended, session: other } = await browserWithCookies(server().url)
    await logOut(client, other.access_token)
    assertTaken(await byCookie(ended), 'refresh_token_revoked', takesRefresh)
  })

  test('that is too old is taken back, and one that comes again within the grace is not', async () => {
    const clock = testClock()
    const { url } = await serveTestWorld(engine, { clock })
    const { browser, token } = await browserWithCookies(url)
    await browser.post(refreshing)
    const again = await clientAt(url).post(refreshing, undefined, withCookie(`refresh_token=${token}`))
    assert.equal(again.status, 200, again.text)
    assert.ok(!again.cookies.some((cookie) => cookie.includes('Max-Age=0')))
    clock.forward(15 * 86_400_000)
    assertTaken(await browser.post(refreshing), 'refresh_token_expired', takesRefresh)
    assert.ok(!browser.jar.names.includes('refresh_token'))
  })

  test('is left alone by a no that is about something else', async () => {
    const { token } = await browserWithCookies(server().url)
    const client = clientAt(server().url)
    const inBody = await refresh(client, 'x', withCookie(`refresh_token=${token}`))
    assertTaken(inBody, 'invalid_token', [])
    assertTaken(await client.post(refreshing), 'invalid_token', [])
    const foreign = { headers: { cookie: `refresh_token=${token}`, origin: 'https://evil.example' } }
    assertTaken(await client.post(refreshing, undefined, foreign), 'cross_site', [])
  })

  test('outlives an outage', async () => {
    const { url, world } = await startServer(engine, { SIGIL_LOG_LEVEL: 'fatal' })
    const { browser } = await browserWithCookies(url)
    await world.db.close()
    for (const path of [refreshing, logout]) assertTaken(await browser.post(path), 'unavailable', [])
  })
})

onBothEngines('a logout', (engine) => {
  const server = serverForSuite(engine)

  test('takes back cookies that are worth nothing, too', async () => {
    const { browser, session, token } = await browserWithCookies(server().url)
    await logOut(clientAt(server().url), session.access_token)
    const dead = await browser.post(logout)
    assert.deepEqual([dead.status, dead.cookies], [204, takesAll])
    const client = clientAt(server().url)
    const cut = token.slice(0, -1)
    for (const cookie of ['access_token=x', `refresh_token=${cut}`, `access_token=x; refresh_token=${cut}`]) {
      assertTaken(await client.post(logout, undefined, withCookie(cookie)), 'not_signed_in', takesAll)
    }
  })

  test('that is refused leaves cookies alone that something else beat', async () => {
    const { browser, session } = await browserWithCookies(server().url)
    const client = clientAt(server().url)
    const cookie = `access_token=${session.access_token}`
    const byBearer = await client.post(logout, undefined, { bearer: 'x', ...withCookie(cookie) })
    assertTaken(byBearer, 'not_signed_in', [])
    const live = browser.jar.valueOf('refresh_token')
    const byBody = await client.post(logout, { refresh_token: 'x' }, withCookie(`refresh_token=${live}`))
    assertTaken(byBody, 'not_signed_in', [])
    assert.equal((await browser.post(refreshing)).status, 200)
  })
})

onBothEngines('ending my own session', (engine) => {
  const server = serverForSuite(engine)

  test('takes every cookie back, and ending another one takes none', async () => {
    const { url } = server()
    const browser = browserAt(url)
    const person = await signedUp(browser)
    const own = await signedIn(browser, person, { transport: 'cookie' })
    const other = await signedIn(clientAt(url), person)
    assertEnded(await browser.delete(`/api/v1/me/sessions/${other.session_id}`), [])
    assertEnded(await browser.delete(`/api/v1/me/sessions/${own.session_id}`), takesAll)
    assert.deepEqual(browser.jar.names, ['known_browser'])
  })

  test('as an administrator takes them back as well', async () => {
    const { url, world } = server()
    const person = await personWithRoles(world, ['default_user', 'admin'])
    const somebody = await signedUp(clientAt(url))
    const at = (id: string) => `/api/v1/users/${id}`
    const { session_id: theirs } = await signedIn(clientAt(url), somebody)
    const inBrowser = async (): Promise<{ browser: Client; id: string }> => {
      const browser = browserAt(url)
      const { session_id } = await signedIn(browser, person, { transport: 'cookie' })
      return { browser, id: session_id }
    }
    const { browser, id } = await inBrowser()
    assertEnded(await browser.delete(`${at(somebody.id)}/sessions/${theirs}`), [])
    assertEnded(await browser.delete(`${at(somebody.id)}/sessions`), [])
    assertEnded(await browser.post(`${at(somebody.id)}/logout_all`), [])
    assertEnded(await browser.delete(`${at(person.id)}/sessions/${id}`), takesAll)
    assertEnded(await (await inBrowser()).browser.delete(`${at(person.id)}/sessions`), takesAll)
    assertEnded(await (await inBrowser()).browser.post(`${at(person.id)}/logout_all`), takesAll)
  })
})

function assertTaken(reply: Reply, code: ErrorCode, cookies: readonly string[]): void {
  assertRefused(reply, code)
  assert.deepEqual(reply.cookies, cookies)
}

function assertEnded(reply: Reply, cookies: readonly string[]): void {
  assert.ok(reply.status < 300, reply.text)
  assert.deepEqual(reply.cookies, cookies)
}
