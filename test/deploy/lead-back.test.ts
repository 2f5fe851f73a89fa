import assert from 'node:assert/strict'
import { eachProxy, type ProxyName } from '#test/deploy/each-proxy.ts'
import { openSite } from '#test/deploy/site.ts'
import { clientAt, type Reply } from '#test/support/client.ts'

const page = { accept: 'text/html' }

const nineParameters = '/app/?a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9'

const paths = [
  '/app/',
  '/app/x?y=1&z=2',
  nineParameters,
  `${nineParameters}&j=10`,
  '/app/?q=a+b',
  '/app/?q=100%25&x=1',
  '/app/?q=a%26b%3Dc',
  '/app/?q=%D0%96&r=1',
  '/app/?q=a%20b',
  '/app/?q=a;b,c',
  '/app/a+b?c=d+e&f=1',
  '/app/a&b=1?c=2&d=3',
  '/app/a%20b?c=d%20e&f=1',
  '/app/%D0%96%D1%83%D0%BA?q=%D0%96&r=%26%23',
  '/app/%23x?y=%23z',
  '/app/%25',
  '/app/%253Fx=1',
  '/app/?next=//evil.example',
  '/app/?x=1&next=//evil.example',
  '/app/&next=//evil.example',
  '/app/%26next=//evil.example',
  '/app/%0d%0aset-cookie:%20a=b',
  '/app/?%0d%0aset-cookie:%20a=b',
  '/app/%5C%5Cevil.example',
  '/app/%2F%2Fevil.example',
]

/** Cases in which a proxy redirects back to a different URL than requested, or responds with an error. */
const exceptions: Record<ProxyName, Record<string, string | number>> = {
  // It cannot encode these queries: site.conf describes what it does instead. A plus in a query means a
  // space.
  nginx: {
    [`${nineParameters}&j=10`]: '/app/',
    '/app/?q=a+b': '/app/?q=a%20b',
    '/app/?q=100%25&x=1': '/app/',
    '/app/?q=a%26b%3Dc': '/app/',
    '/app/?%0d%0aset-cookie:%20a=b': '/app/',
  },
  caddy: {},
  // Normalizes the path before anything else, and rejects escaped slashes.
  envoy: {
    '/app/&next=//evil.example': '/app/&next=/evil.example',
    '/app/%26next=//evil.example': '/app/%26next=/evil.example',
    '/app/%5C%5Cevil.example': 400,
    '/app/%2F%2Fevil.example': 400,
  },
  // Normalizes the path, and treats a semicolon in a query as an ampersand.
  traefik: {
    '/app/&next=//evil.example': '/app/&next=/evil.example',
    '/app/%26next=//evil.example': '/app/%26next=/evil.example',
    '/app/%0d%0aset-cookie:%20a=b': '/app/%0D%0Aset-cookie:%20a=b',
    '/app/?q=a;b,c': '/app/?q=a&b,c',
  },
}

eachProxy('returns from the sign-in to the URL that was requested', async (run, proxy) => {
  const site = await openSite(run)
  const found: Record<string, string | number> = {}
  for (const path of paths) {
    const reply = await clientAt(site.url).get(path, { headers: page })
    const next = await ledBackTo(site.url, reply)
    if (next !== path) found[path] = next
  }
  assert.deepEqual(found, exceptions[proxy])
  assert.deepEqual(site.app.seen, [])
})

eachProxy('never redirects to another origin', async (run) => {
  const site = await openSite(run)
  const hostile = [
    '//evil.example/app/',
    '/\\evil.example/app/',
    '/app/\\evil.example',
    '/app/..//evil.example',
    '/app/%2e%2e//evil.example',
    '/app//evil.example/%2e%2e',
    '//evil.example/%2e%2e/app/',
    '/app/\u00d0\u0096?\u00d0\u0096=1',
    '/app/?\\evil',
    '/app/?"><script>',
    '/app/%00',
    '/app/?%00=%ff',
    '/app/%ff%fe',
    '/app/#//evil.example',
    `/app/?${'a=1&'.repeat(900)}`,
    'http://evil.example/app/?a=1&b=2',
  ]
  for (const path of hostile) {
    const reply = await clientAt(site.url).get(path, { headers: page })
    assert.ok(reply.status < 500, `${path}: ${reply.status}`)
    assert.deepEqual(reply.cookies, [], path)
    const { location } = reply.headers
    if (location !== undefined) assert.equal(new URL(location, site.url).origin, site.url, path)
    if (location !== undefined) assert.match(location, /^\/(?![/\\])[!-~]*$/, path)
    const next = await ledBackTo(site.url, reply)
    if (typeof next === 'string') assert.match(next, /^(?:\/(?![/\\])[!-~]*)?$/, path)
  }
})

/** The destination in the form of the sign-in; the status if there is no sign-in. */
async function ledBackTo(url: string, reply: Reply): Promise<string | number> {
  const { location } = reply.headers
  const isPage = reply.status === 401 && /<form/.test(reply.text)
  if (location === undefined && !isPage) return reply.status
  const { status, text } = isPage ? reply : await clientAt(url).get(location ?? '', { headers: page })
  if (!isPage && status !== 200) return status
  assert.doesNotMatch(text, /(?:value|href|action)="(?:https?:)?\/\//)
  const [, value = ''] = /name="next" value="([^"]*)"/.exec(text) ?? []
  return value.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'")
}
