import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eachProxy, type ProxyName } from '#test/deploy/each-proxy.ts'
import { deployFolder } from '#test/deploy/run-proxy.ts'
import { openSite, seenBy } from '#test/deploy/site.ts'
import { openStubSite, type StubSite, signedInCookie } from '#test/deploy/stub-site.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { arrived, goodPassword } from '#test/support/people.ts'

const cookiesSource = readFileSync(fileURLToPath(import.meta.resolve('#src/http/cookies.ts')), 'utf8')
const names = [...cookiesSource.matchAll(/\bname: '(\w+)'/g)].map(([, name = '']) => name)

/** Every form of every cookie of Sigil, over http and https, now or later. */
const ofSigil = names.flatMap((name) => [name, `__Host-${name}`, `__Secure-${name}`])

const own = [
  'theme=dark',
  'x=session=1',
  'my_session=2',
  'sessions=3',
  '__Host-cart=4',
  'access_token_hint=5',
  'Session=6',
  'empty=',
  'nameless',
]

test('the names of the cookies that proxies remove are read from the code', () => {
  for (const name of ['access_token', 'refresh_token', 'session', 'known_browser', 'language']) {
    assert.ok(names.includes(name), name)
  }
})

test('each proxy’s file names every cookie of Sigil that lacks the prefix sigil_', () => {
  for (const file of [
    'nginx/site.conf',
    'nginx/own-host.conf',
    'caddy/Caddyfile',
    'caddy/own-host.Caddyfile',
    'envoy/envoy.yaml',
    'envoy/own-host.yaml',
    'traefik/dynamic.yaml',
  ]) {
    const text = readFileSync(join(deployFolder, file), 'utf8')
    const listed = names.filter((name) => !name.startsWith('sigil_'))
    for (const name of listed) assert.match(text, new RegExp(`\\b${name}\\b`), `${file}: ${name}`)
  }
})

test('every router of Traefik to the app drops cookies after the check by Sigil', () => {
  const text = readFileSync(join(deployFolder, 'traefik/dynamic.yaml'), 'utf8')
  const routers = text.slice(0, text.indexOf('  middlewares:\n')).split(/^ {4}(?=[a-z-]+:$)/m)
  const toTheApp = routers.filter((router) => /^ +service: app$/m.test(router))
  assert.equal(toTheApp.length, 3)
  for (const router of toTheApp)
    assert.match(router, /middlewares: \[.*(?:signed-in|administrators), drop-cookies\]/)
})

eachProxy('passes no cookie of Sigil to the app after a sign-in on a page', async (run, proxy) => {
  const site = await openSite(run)
  const browser = browserAt(site.url)
  const { person } = await arrived(clientAt(site.url))
  const form = new URLSearchParams({ login: person.email, password: goodPassword, next: '' })
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: site.url }
  const signedIn = await browser.send('POST', '/sign-in', { raw: form.toString(), headers })
  assert.equal(signedIn.status, 303, signedIn.text)
  assert.ok(browser.jar.names.includes('session') && browser.jar.names.includes('access_token'))
  const cookie = `theme=dark; ${browser.jar.headerFor('/app/')}; cart=7`
  const seen = seenBy(await browser.get('/app/', { headers: { cookie } }))
  assert.equal(seen.headers.cookie, passedOn(proxy, ['theme=dark', 'cart=7']))
  assert.equal(seen.headers['x-auth-user-id'], person.id)
  // Sigil itself still gets all of them.
  assert.equal((await browser.get('/account')).status, 200)
})

eachProxy('removes every cookie of Sigil at any position and keeps the others', async (run, proxy) => {
  const site = await openStubSite(run)
  for (const name of ofSigil) {
    const sigils = `${name}=secret`
    assert.equal(await cookiesSeen(site, [sigils, ...own]), passedOn(proxy, own), `${name} is first`)
    assert.equal(await cookiesSeen(site, ['a=1', sigils, ...own]), passedOn(proxy, ['a=1', ...own]))
    assert.equal(await cookiesSeen(site, [...own, sigils]), passedOn(proxy, own), `${name} is last`)
    assert.equal(await cookiesSeen(site, [sigils]), undefined, `${name} is alone`)
    assert.equal(await cookiesSeen(site, [sigils, 'a=1', sigils]), passedOn(proxy, ['a=1']), `${name} twice`)
  }
  const all = ofSigil.map((name) => `${name}=secret`)
  assert.equal(await cookiesSeen(site, [...own, ...all, 'last=1']), passedOn(proxy, [...own, 'last=1']))
  assert.equal(await cookiesSeen(site, own), passedOn(proxy, own), 'the app’s alone')
  const many = Array.from({ length: 900 }, (_, index) => `c${index}=1`)
  assert.equal(await cookiesSeen(site, ['session=secret', ...many]), passedOn(proxy, many))
  const long = [`long=${'x'.repeat(6000)}`]
  assert.equal(await cookiesSeen(site, ['session=secret', ...long]), passedOn(proxy, long))
})

eachProxy('removes cookies of Sigil from malformed headers too', async (run) => {
  const site = await openStubSite(run)
  const secrets = ofSigil.map((name) => `${name}=secret`)
  const headers: (string | string[])[] = [
    [signedInCookie, 'a=1', 'session=secret'],
    ['a=1; session=secret', `${signedInCookie}; refresh_token=secret`],
    `${signedInCookie};session=secret;a=1`,
    `${signedInCookie};  session=secret ;a=1`,
    `${signedInCookie};; ;session=secret`,
    `;session=secret; ${signedInCookie};`,
    `a="1; session=secret; b=2"; ${signedInCookie}`,
    `${signedInCookie}; session =secret`,
    `${signedInCookie}; \tsession\t=secret`,
    `${signedInCookie}; ${secrets.flatMap((one) => ['a=1', one]).join('; ')}`,
    `${signedInCookie}; ${Array(200).fill('a=1; session=secret').join('; ')}`,
  ]
  for (const cookie of headers) {
    const reply = await clientAt(site.url).get('/app/', { headers: { cookie } })
    assert.equal(reply.status, 200, String(cookie))
  }
  assert.equal(site.seen.length, headers.length)
  for (const { headers } of site.seen) assert.doesNotMatch(headers.cookie ?? '', /secret|good/)
})

eachProxy('removes cookies of Sigil even if a role is required', async (run) => {
  const site = await openStubSite(run)
  const headers = { cookie: `${signedInCookie}; session=secret` }
  assert.equal((await clientAt(site.url).get('/app/admin/x', { headers })).status, 200)
  assert.equal(site.seen[0]?.headers.cookie, undefined)
})

/** The `Cookie` header that the app receives when a signed-in visitor also sends these cookies. */
async function cookiesSeen({ url, seen }: StubSite, sent: readonly string[]): Promise<string | undefined> {
  for (const cookies of [
    [signedInCookie, ...sent],
    [...sent, signedInCookie],
  ]) {
    const reply = await clientAt(url).get('/app/', { headers: { cookie: cookies.join('; ') } })
    assert.equal(reply.status, 200, cookies.join('; '))
  }
  const [first, second] = seen.slice(-2)
  assert.equal(first?.headers.cookie, second?.headers.cookie)
  return second?.headers.cookie
}

/** Traefik can only remove the whole header. */
function passedOn(proxy: ProxyName, cookies: readonly string[]): string | undefined {
  return proxy === 'traefik' ? undefined : cookies.join('; ')
}
