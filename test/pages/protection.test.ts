import assert from 'node:assert/strict'
import { test } from 'node:test'
import { icon, pageScript, passkeyScript, stylesheet } from '#src/pages/assets.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { onSite } from '#test/support/site.ts'

const markup = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&{{7*7}}\``

/** No element or attribute comes from the input. */
function assertHarmless(text: string): void {
  assert.doesNotMatch(text, /<script(?! type="module" src="\/assets\/)|<img|onerror='/)
}

onSite('escaping', ({ browser }) => {
  test('a page shows markup in a User-Agent as text', async () => {
    const visitor = browser(markup)
    await arrivedOnPage(visitor)
    const { text } = await visitor.get('/account')
    assertHarmless(text)
    assert.ok(text.includes('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;'))
    assertHarmless((await visitor.get('/account/history')).text)
  })

  test('a page shows markup in the User-Agent of a browser as text', async () => {
    const visitor = browser(`Mozilla/5.0 (X11; <b>Linux</b>) Firefox/<b>13</b>2.0 ${markup}`)
    await arrivedOnPage(visitor)
    const { text } = await visitor.get('/account')
    assertHarmless(text)
    assert.ok(!text.includes('<b>'))
  })

  test('a page shows markup in names as text', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor, { full_name: markup })
    for (const path of ['/account', '/account/profile']) {
      const { text } = await visitor.get(path)
      assertHarmless(text)
      assert.ok(text.includes('&quot;&gt;&lt;script&gt;alert(1)'), path)
    }
  })

  test('a form that is shown again escapes the input', async () => {
    const typed = { login: markup, email: markup, next: `/${markup}` }
    for (const path of ['/sign-in', '/sign-up']) {
      const { text } = await sendForm(browser(), path, typed)
      assertHarmless(text)
      assert.ok(text.includes('&quot;&gt;&lt;script&gt;'), path)
    }
  })

  test('a page escapes its own URL', async () => {
    const query = new URLSearchParams({ next: `/${markup}`, said: markup, [markup]: markup })
    for (const path of ['/sign-in', '/sign-up', `/${encodeURIComponent(markup)}`]) {
      const reply = await browser().get(`${path}?${query}`, { headers: { accept: 'text/html' } })
      assertHarmless(reply.text)
    }
  })
})

onSite('headers of pages', ({ browser }) => {
  test('every page has a strict policy and is not cached', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const html = { accept: 'text/html' }
    const replies = [
      await visitor.get('/account/history'),
      await browser().get('/nothing', { headers: html }),
      await visitor.get('/account'),
      await browser().get('/sign-in'),
      await sendForm(browser(), '/sign-in', {}),
    ]
    const scripts = [pageScript, passkeyScript].map((path) => `<script type="module" src="${path}"></script>`)
    for (const [at, { headers, text: page }] of replies.entries()) {
      const mayCall = at > 1
      assert.equal(
        headers['content-security-policy'],
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; " +
          `frame-ancestors 'none'; base-uri 'none'${mayCall ? "; connect-src 'self'" : ''}`,
      )
      assert.deepEqual(
        scripts.map((script) => page.includes(script)),
        [true, mayCall],
      )
      const text = scripts.reduce((rest, script) => rest.replace(script, ''), page)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'same-origin')
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
      assert.equal(headers['cache-control'], 'no-store')
      assert.doesNotMatch(text, /<script|<style| style=| on\w+=|javascript:/)
    }
  })

  test('the stylesheet and the icon may be cached forever', async () => {
    const { text } = await browser().get('/sign-in')
    for (const [path, type] of [
      [stylesheet, 'text/css; charset=utf-8'],
      [icon, 'image/svg+xml'],
    ] as const) {
      assert.ok(text.includes(`href="${path}"`))
      const file = await browser().get(path)
      assert.equal(file.status, 200)
      assert.equal(file.headers['content-type'], type)
      assert.equal(file.headers['cache-control'], 'public, max-age=31536000, immutable')
      assert.equal(file.headers['x-content-type-options'], 'nosniff')
    }
  })
})

onSite('private files and pages', ({ browser }) => {
  test('only the asset files of pages are served', async () => {
    for (const file of ['sigil.css', 'sigil.000000000000.css', '..%2Flayout.ts', '%2e%2e%2flayout.ts', '']) {
      assert.equal((await browser().get(`/assets/${file}`)).status, 404, file)
    }
  })

  test('account pages require a page session', async () => {
    for (const path of [
      '',
      '/history',
      '/profile',
      '/password',
      '/passkeys',
      '/confirm',
      '/delete',
      '/devices',
      '/data',
    ]) {
      assert.equal((await browser().get(`/account${path}`)).status, 303, path)
    }
    const posts = [
      '/profile',
      '/password',
      '/delete',
      '/data/export',
      '/sessions/end-others',
      '/sessions/x/end',
    ]
    for (const path of [...posts.map((post) => `/account${post}`), '/sign-out-everywhere']) {
      const reply = await sendForm(browser(), path)
      assert.equal(reply.headers.location, '/sign-in', path)
    }
  })

  test('an access token does not open an account page', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const cookie = `access_token=${visitor.jar.valueOf('access_token')}`
    assert.equal((await browser().get('/account', { headers: { cookie } })).status, 303)
  })
})

onSite(
  'a page over https',
  ({ browser }) => {
    test('over https all cookies have the __Host- or __Secure- prefix', async () => {
      const visitor = browser()
      await arrivedOnPage(visitor)
      await sendForm(visitor, '/language', { language: 'ru' })
      const names = [
        '__Host-access_token',
        '__Host-known_browser',
        '__Host-language',
        '__Host-session',
        '__Host-sigil_last_method',
      ]
      assert.deepEqual(visitor.jar.names, names)
      for (const name of names) assert.ok(visitor.jar.attributesOf(name).includes('Secure'), name)
      assert.match((await visitor.get('/account')).text, /<html lang="ru">/)
      const bare = `session=${visitor.jar.valueOf('__Host-session')}`
      assert.equal((await visitor.get('/account', { headers: { cookie: bare } })).status, 303)
    })
  },
  { SIGIL_PUBLIC_URL: 'https://auth.example.org' },
)
