import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Language } from '#src/errors/error-codes.ts'
import type { Call } from '#src/http/call.ts'
import { showDocs } from '#src/reference/http.ts'
import { routes } from '#src/routes.ts'
import type { World } from '#src/world/world.ts'
import { arrivedOnPage, assertLeads, assertPage } from '#test/support/forms.ts'
import { onSite } from '#test/support/site.ts'

onSite('the API reference', (site) => {
  test('the API reference lists every endpoint and loads nothing from other origins', async () => {
    const reply = await site.browser().get('/docs')
    assertPage(reply, 200)
    assert.match(String(reply.headers['content-security-policy']), /^default-src 'none'/)
    assert.doesNotMatch(reply.text, /(?:src|href)="(?:https?:)?\/\//)
    assert.doesNotMatch(reply.text, /<script(?! type="module" src="\/assets\/)/)
    for (const { surface, path, method } of routes) {
      const address = path.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{path}')
      const shown = `<b>${method === 'ALL' ? 'any method' : method}</b> ${address}</code>`
      assert.equal(reply.text.includes(shown), surface !== 'page', `${method} ${path}`)
    }
  })

  test('the links of the API reference work', async () => {
    const browser = site.browser()
    const { text } = await browser.get('/docs')
    const links = new Set([...text.matchAll(/href="(\/[^"#]*)"/g)].map(([, link]) => link ?? ''))
    assert.ok(links.size > 20)
    for (const link of links) {
      const { status } = await browser.get(link)
      // The start page redirects.
      assert.equal(status, link === '/' ? 303 : 200, link)
    }
  })

  test('the API reference is in the language of the reader', async () => {
    const reply = await site.browser().get('/docs', { headers: { 'accept-language': 'ru' } })
    assert.match(reply.text, /<html lang="ru">[\s\S]*Справочник API/)
  })

  test('a form of the API reference makes its call as the signed-in user', async () => {
    const browser = site.browser()
    await arrivedOnPage(browser)
    const led = await browser.get('/docs/try/get_me_history?limit=1&cursor=')
    assertLeads(led, '/api/v1/me/history?limit=1')
    const reply = await browser.get(led.headers.location ?? '')
    assert.equal(reply.status, 200)
    assert.equal(reply.body.data.length, 1)
    assertLeads(await browser.get('/docs/try/get_users_id?id=a%2Fb%3Fc'), '/api/v1/users/a%2Fb%3Fc')
  })

  test('a form of the API reference makes no other call, regardless of the input', async () => {
    const browser = site.browser()
    for (const id of ['delete_me', 'get_nothing', 'get_account', 'head_ext_authz', 'get_ext_authz']) {
      assertPage(await browser.get(`/docs/try/${id}`), 404)
    }
    for (const query of ['', '?id=', '?id=.', '?id=..', '?id=a&id=b', '?name=x']) {
      assertPage(await browser.get(`/docs/try/get_users_id${query}`), 400)
    }
    const odd = await browser.get('/docs/try/get_me_history?limit=%0d%0aSet-Cookie:a&to=//evil.example')
    assertLeads(odd, '/api/v1/me/history?limit=%0D%0ASet-Cookie%3Aa')
  })
})

test('the API reference is built once per language', async () => {
  let times = 0
  const { handle } = showDocs(() => {
    times++
    return routes
  })
  const read = async (language: Language) => {
    const site = { name: 'Sigil', url: 'http://localhost:8000', icon: '/icon.svg', links: {} }
    const call = { language, method: 'GET', path: '/docs', query: {}, caller: undefined, site }
    return String((await handle({} as World, call as unknown as Call)).body)
  }
  const english = await read('en')
  const russian = await read('ru')
  assert.notEqual(english, russian)
  assert.deepEqual([await read('en'), await read('ru'), times], [english, russian, 2])
})
