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
const clearsRefresh = ['refresh_token=; Path=/api/v1/auth; Max-Age=0; HttpOnly; SameSite=Strict']
const clearsAll = [
  'access_token=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
  ...clearsRefresh,
  'session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
]

const withCookie = (cookie: string) => ({ headers: { cookie } })

/** A new user in a browser, with both tokens in cookies. */
async function browserWithCookies(url: string) {
  const browser = browserAt(url)
  await signedIn(browser, await signedUp(browser), { transport: 'cookie' })
  const access = browser.jar.valueOf('access_token')
  return { browser, access, token: browser.jar.valueOf('refresh_token') }
}

onBothEngines('clearing the refresh cookie', (engine) => {
  const server = serverForSuite(engine)

  test('a rejected refresh cookie is cleared, for every reason', async () => {
    const { browser, token } = await browserWithCookies(server().url)
    await browser.post(refreshing)
    const current = browser.jar.valueOf('refresh_token')
    const client = clientAt(server().url)
    const byCookie = (value: string) =>
      client.post(refreshing, undefined, withCookie(`refresh_token=${value}`))
    const garbage = [await byCookie('x'), await byCookie(token.slice(0, -1))]
    for (const reply of garbage) assertRejected(reply, 'invalid_token', clearsRefresh)
    await browser.post(refreshing)
    assertRejected(await byCookie(token), 'refresh_token_reused', clearsRefresh)
    assertRejected(await byCookie(current), 'refresh_token_reused', clearsRefresh)
    const { token: ended, access: other } = await browserWithCookies(server().url)
    await logOut(client, other)
    assertRejected(await byCookie(ended), 'refresh_token_revoked', clearsRefresh)
  })

  test('an expired refresh cookie is cleared, a repeated one within the grace period is not', async () => {
    const clock = testClock()
    const { url } = await serveTestWorld(engine, { clock })
    const { browser, token } = await browserWithCookies(url)
    await browser.post(refreshing)
    const again = await clientAt(url).post(refreshing, undefined, withCookie(`refresh_token=${token}`))
    assert.equal(again.status, 200, again.text)
    assert.ok(!again.cookies.some((cookie) => cookie.includes('Max-Age=0')))
    clock.forward(15 * 86_400_000)
    assertRejected(await browser.post(refreshing), 'refresh_token_expired', clearsRefresh)
    assert.ok(!browser.jar.names.includes('refresh_token'))
  })

  test('an unrelated error does not clear the refresh cookie', async () => {
    const { token } = await browserWithCookies(server().url)
    const client = clientAt(server().url)
    const inBody = await refresh(client, 'x', withCookie(`refresh_token=${token}`))
    assertRejected(inBody, 'invalid_token', [])
    assertRejected(await client.post(refreshing), 'invalid_token', [])
    const foreign = { headers: { cookie: `refresh_token=${token}`, origin: 'https://evil.example' } }
    assertRejected(await client.post(refreshing, undefined, foreign), 'cross_site', [])
  })

  test('an outage does not clear the cookies', async () => {
    const { url, world } = await startServer(engine, { SIGIL_LOG_LEVEL: 'fatal' })
    const { browser } = await browserWithCookies(url)
    await world.db.close()
    for (const path of [refreshing, logout]) assertRejected(await browser.post(path), 'unavailable', [])
  })
})

onBothEngines('clearing cookies at logout', (engine) => {
  const server = serverForSuite(engine)

  test('logging out also clears invalid cookies', async () => {
    const { browser, access, token } = await browserWithCookies(server().url)
    await logOut(clientAt(server().url), access)
    const dead = await browser.post(logout)
    assert.deepEqual([dead.status, dead.cookies], [204, clearsAll])
    const client = clientAt(server().url)
    const cut = token.slice(0, -1)
    for (const cookie of ['access_token=x', `refresh_token=${cut}`, `access_token=x; refresh_token=${cut}`]) {
      assertRejected(await client.post(logout, undefined, withCookie(cookie)), 'not_signed_in', clearsAll)
    }
  })

  test('a rejected logout does not clear cookies that another token took precedence over', async () => {
    const { browser, access } = await browserWithCookies(server().url)
    const client = clientAt(server().url)
    const cookie = `access_token=${access}`
    const byBearer = await client.post(logout, undefined, { bearer: 'x', ...withCookie(cookie) })
    assertRejected(byBearer, 'not_signed_in', [])
    const live = browser.jar.valueOf('refresh_token')
    const byBody = await client.post(logout, { refresh_token: 'x' }, withCookie(`refresh_token=${live}`))
    assertRejected(byBody, 'not_signed_in', [])
    assert.equal((await browser.post(refreshing)).status, 200)
  })
})

onBothEngines('clearing cookies when a session is ended', (engine) => {
  const server = serverForSuite(engine)

  test('ending the current session clears every cookie, and ending another one clears none', async () => {
    const { url } = server()
    const browser = browserAt(url)
    const person = await signedUp(browser)
    const own = await signedIn(browser, person, { transport: 'cookie' })
    const other = await signedIn(clientAt(url), person)
    assertEnded(await browser.delete(`/api/v1/me/sessions/${other.session_id}`), [])
    assertEnded(await browser.delete(`/api/v1/me/sessions/${own.session_id}`), clearsAll)
    assert.deepEqual(browser.jar.names, ['known_browser'])
  })

  test('an administrator who ends their own session gets every cookie cleared', async () => {
    const { url, world } = server()
    const person = await personWithRoles(world, ['default_user', 'admin'])
    const other = await signedUp(clientAt(url))
    const at = (id: string) => `/api/v1/users/${id}`
    const { session_id: theirs } = await signedIn(clientAt(url), other)
    const inBrowser = async (): Promise<{ browser: Client; id: string }> => {
      const browser = browserAt(url)
      const { session_id } = await signedIn(browser, person, { transport: 'cookie' })
      return { browser, id: session_id }
    }
    const { browser, id } = await inBrowser()
    assertEnded(await browser.delete(`${at(other.id)}/sessions/${theirs}`), [])
    assertEnded(await browser.delete(`${at(other.id)}/sessions`), [])
    assertEnded(await browser.post(`${at(other.id)}/logout_all`), [])
    assertEnded(await browser.delete(`${at(person.id)}/sessions/${id}`), clearsAll)
    assertEnded(await (await inBrowser()).browser.delete(`${at(person.id)}/sessions`), clearsAll)
    assertEnded(await (await inBrowser()).browser.post(`${at(person.id)}/logout_all`), clearsAll)
  })
})

function assertRejected(reply: Reply, code: ErrorCode, cookies: readonly string[]): void {
  assertRefused(reply, code)
  assert.deepEqual(reply.cookies, cookies)
}

function assertEnded(reply: Reply, cookies: readonly string[]): void {
  assert.ok(reply.status < 300, reply.text)
  assert.deepEqual(reply.cookies, cookies)
}
