import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, errorCodes, type Language } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Call } from '#src/http/call.ts'
import { cookieOf, readCookies } from '#src/http/cookies.ts'
import { errorPage } from '#src/pages/error-page.ts'
import { assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { onSite } from '#test/support/site.ts'

const codes = Object.keys(errorCodes) as ErrorCode[]
const languages: Language[] = ['en', 'ru']

function callIn(language: Language, more: Partial<Call> = {}): Call {
  return {
    method: 'GET',
    path: '/some/page',
    params: {},
    query: {},
    body: undefined,
    header: () => undefined,
    cookies: readCookies(undefined),
    address: '127.0.0.1',
    peer: '127.0.0.1',
    userAgent: '',
    language,
    zone: 'UTC',
    opened: undefined,
    site: {
      name: 'Sigil',
      url: 'http://localhost:8000',
      logo: undefined,
      icon: '/assets/icon.svg',
      colors: undefined,
      links: { privacy: undefined, terms: undefined, help: undefined },
    },
    requestId: 'the-request-id',
    caller: undefined,
    verifier: undefined,
    ...more,
  }
}

const isRedirect = (code: ErrorCode) => code === 'not_signed_in' || code === 'step_up_required'

test('every error has a page in English and Russian with its status, message and explanation', () => {
  for (const language of languages) {
    for (const code of codes.filter((one) => !isRedirect(one))) {
      const answer = errorPage(new AppError(code), callIn(language, { method: 'POST' }))
      assert.equal(answer.status, errorCodes[code].status, code)
      assert.equal(answer.headers['content-language'], language)
      assert.match(answer.headers['content-security-policy'] ?? '', /^default-src 'none'; style-src 'self'/)
      const text = String(answer.body).replaceAll('&quot;', '"')
      // For people, a URL that only supports other methods is a missing page.
      const shown = code === 'method_not_allowed' ? 'not_found' : code
      const words = errorCodes[shown][language].split('. ').map((part) => part.trim())
      for (const part of words) assert.ok(text.includes(part), `${code}: ${part}`)
      assert.ok(text.includes(`/docs/errors/${code}`))
      assert.ok(text.includes('the-request-id'))
    }
  }
})

test('an error page has the headers of the error', () => {
  const late = errorPage(new AppError('too_many_requests', { retryAfterSeconds: 61.2 }), callIn('en'))
  assert.equal(late.headers['retry-after'], '62')
  assert.match(String(late.body), /Try again in 62 seconds\./)
  const wrong = errorPage(new AppError('method_not_allowed', { allow: 'GET, POST' }), callIn('en'))
  assert.equal(wrong.headers.allow, 'GET, POST')
  const unknown = errorPage(new AppError('invalid_token'), callIn('en'))
  assert.equal(unknown.headers['www-authenticate'], 'Bearer realm="sigil"')
  assert.equal(errorPage(new AppError('not_found'), callIn('en')).headers['www-authenticate'], undefined)
})

test('the error page of a wrong URL does not ask to correct fields, and that of a form does', () => {
  const error = new AppError('invalid_request')
  const texts = (method: string) => String(errorPage(error, callIn('en', { method })).body)
  assert.match(texts('GET'), /<p>Check the URL, or start again from the previous page\.<\/p>/)
  assert.match(texts('POST'), /<p>Correct the listed fields and send it again\.<\/p>/)
})

test('a visitor who is not signed in is redirected to sign-in, and back after a GET', () => {
  const error = new AppError('not_signed_in')
  const get = errorPage(error, callIn('en', { query: { a: 'b c' } }))
  assert.equal(get.headers.location, '/sign-in?next=%2Fsome%2Fpage%3Fa%3Db%2Bc')
  const post = errorPage(error, callIn('en', { method: 'POST' }))
  assert.equal(post.headers.location, '/sign-in')
})

test('a page that needs a recent proof redirects to the one that asks for it, and back', () => {
  const error = new AppError('step_up_required')
  const get = errorPage(error, callIn('en', { query: { a: 'b c' } }))
  assert.equal(get.headers.location, '/account/confirm?next=%2Fsome%2Fpage%3Fa%3Db%2Bc')
  const post = errorPage(error, callIn('en', { method: 'POST' }))
  assert.equal(post.headers.location, '/account/confirm?next=%2Fsome%2Fpage')
})

onSite('errors for browsers', ({ browser }) => {
  const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

  test('an error is a page for browsers and JSON for other clients', async () => {
    assertPage(await browser().get('/nothing', { headers: html }), 404)
    const program = await browser().get('/nothing')
    assert.equal(program.headers['content-type'], 'application/problem+json')
    const api = await browser().get('/api/v1/nothing', { headers: html })
    assert.equal(api.headers['content-type'], 'application/problem+json')
  })

  test('the error page of a 405 lists the supported methods', async () => {
    const reply = await browser().get('/language', { headers: html })
    assertPage(reply, 405)
    assert.equal(reply.headers.allow, 'POST')
  })

  test('the error reference explains every code in English and Russian', async () => {
    for (const language of languages) {
      for (const code of codes) {
        const reply = await browser().get(`/docs/errors/${code}`, {
          headers: { 'accept-language': language },
        })
        assertPage(reply, 200)
        assert.ok(reply.text.includes(`<dd>${errorCodes[code].status}</dd>`), code)
      }
      const list = await browser().get('/docs/errors', { headers: { 'accept-language': language } })
      for (const code of codes) assert.ok(list.text.includes(`href="/docs/errors/${code}"`), code)
    }
  })

  test('the error reference does not explain an unknown code', async () => {
    for (const code of ['nothing', 'toString', '__proto__', '%3Cscript%3E', 'NOT_FOUND']) {
      assertPage(await browser().get(`/docs/errors/${code}`), 404)
    }
  })
})

onSite('unexpected forms', ({ browser, url }) => {
  test('a malformed form is an error', async () => {
    assertPage(await sendForm(browser(), '/sign-in', { login: 'a\0b' }), 400)
    assertPage(await sendForm(browser(), '/sign-in', { login: 'a'.repeat(3000) }), 400)
    assertPage(await sendForm(browser(), '/sign-in', { password: 'a'.repeat(70_000) }), 413)
    const twice = { raw: 'login=a&login=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    assertPage(await browser().send('POST', '/sign-in', twice), 400)
    const asJson = await browser().post('/sign-in', { login: 'a' })
    assertPage(asJson, 415)
    assert.match(asJson.text, /application\/x-www-form-urlencoded/)
    assert.doesNotMatch(asJson.text, /application\/json/)
  })

  test('a form that another site sends is an error', async () => {
    const foreign = [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'same-site', origin: 'https://other.localhost' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]
    for (const headers of foreign) {
      for (const path of ['/sign-in', '/sign-up'])
        assertPage(await sendForm(browser(), path, {}, headers), 403)
      const cookie = 'session=whatever'
      for (const path of [
        '/sign-out',
        '/account/delete',
        '/account/password',
        '/language',
        '/sign-out-everywhere',
      ])
        assertPage(await sendForm(browser(), path, {}, { ...headers, cookie }), 403)
    }
    const ours = { 'sec-fetch-site': 'same-origin', origin: url() }
    assertPage(await sendForm(browser(), '/sign-in', {}, ours), 401)
  })
})

onSite('page language', ({ browser }) => {
  test('a page is in the language that the reader chose', async () => {
    const reader = browser()
    const back = '/sign-in?next=%2Faccount'
    assertLeads(await sendForm(reader, '/language', { language: 'ru', back }), back)
    assert.match((await reader.get('/sign-in')).text, /<html lang="ru">/)
    assertLeads(await sendForm(reader, '/language', { language: 'en', back: '//evil.example' }), '/')
    assert.match(
      (await reader.get('/sign-in', { headers: { 'accept-language': 'ru' } })).text,
      /<html lang="en">/,
    )
    assertPage(await sendForm(reader, '/language', { language: 'xx', back }), 400)
    assert.equal(cookieOf(reader.jar.headerFor('/'), 'language'), 'en')
  })

  test('without scripts, the language switch keeps what was typed except the password', async () => {
    const reader = browser()
    const typed: Readonly<Record<string, Record<string, string>>> = {
      '/sign-in?next=%2Faccount': { login: 'ann@example.org', next: '/account' },
      '/sign-up': { email: 'ann@example.org', next: '' },
    }
    for (const [path, fields] of Object.entries(typed)) {
      const { text } = await reader.get(path)
      const [, action = ''] = /form="typed" formaction="([^"]+)" formnovalidate/.exec(text) ?? []
      const reply = await sendForm(reader, action.replaceAll('&amp;', '&'), {
        ...fields,
        password: 'purple monkey dishwasher',
        language: 'ru',
      })
      const location = String(reply.headers.location)
      assert.doesNotMatch(location, /purple/)
      assert.match(location, /[?&](?:login|email)=ann%40example\.org/)
      const again = await reader.get(location)
      assert.match(again.text, /<html lang="ru">/)
      assert.match(again.text, /value="ann@example\.org"/)
      assert.equal(again.text.includes('name="next" value="/account"'), path.includes('next'))
      await sendForm(reader, '/language', { language: 'en' })
    }
  })
})
