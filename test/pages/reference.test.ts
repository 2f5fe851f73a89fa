import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Language } from '#src/errors/error-codes.ts'
import type { Call } from '#src/http/call.ts'
import { showDocs } from '#src/reference/http.ts'
import { routes } from '#src/routes.ts'
import type { World } from '#src/world/world.ts'
import { arrivedOnPage, assertLeads, assertPage } from '#test/support/forms.ts'
import { onSite } from '#test/support/site.ts'

onSite('the reference of the API', (site) => {
  test('has every call, under a policy that lets nothing come from elsewhere', async () => {
    const reply = await site.browser().get('/docs')
    assertPage(reply, 200)
    assert.match(String(reply.headers['content-security-policy']), /^default-src 'none'/)
    assert.doesNotMatch(reply.text, /<script|(?:src|href)="(?:https?:)?\/\//)
    for (const { surface, path, method } of routes) {
      const address = path.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{path}')
      const shown = `<b>${method === 'ALL' ? 'any method' : method}</b> ${address}</code>`
      assert.equal(reply.text.includes(shown), surface !== 'page', `${method} ${path}`)
    }
  })

  test('leads nowhere that is not', async () => {
    const browser = site.browser()
    const { text } = await browser.get('/docs')
    const links = new Set([...text.matchAll(/href="(\/[^"#]*)"/g)].map(([, link]) => link ?? ''))
    assert.ok(links.size > 20)
    for (const link of links) {
      const { status } = await browser.get(link)
      // The start page leads on to where its visitor belongs.
      assert.equal(status, link === '/' ? 303 : 200, link)
    }
  })

  test('speaks the language of its reader', async () => {
    const reply = await site.browser().get('/docs', { headers: { 'accept-language': 'ru' } })
    assert.match(reply.text, /<html lang="ru">[\s\S]*Справочник API/)
  })

  test('makes the call that a form means, as who is signed in', async () => {
    const browser = site.browser()
    await arrivedOnPage(browser)
    const led = await browser.get('/docs/try/get_me_history?limit=1&cursor=')
    assertLeads(led, '/api/v1/me/history?limit=1')
    const reply = await browser.get(led.headers.location ?? '')
    assert.equal(reply.status, 200)
    assert.equal(reply.body.data.length, 1)
    assertLeads(await browser.get('/docs/try/get_users_id?id=a%2Fb%3Fc'), '/api/v1/users/a%2Fb%3Fc')
  })

  test('makes no other call, whatever is typed', async () => {
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

test('the reference is put together once in each language, however often it is read', async () => {
  let times = 0
  const { handle } = showDocs(() => {
    times++
    return routes
  })
  const read = async (language: Language) => {
    const call = { language, method: 'GET', path: '/docs', query: {}, caller: undefined }
    return String((await handle({} as World, call as unknown as Call)).body)
  }
  const english = await read('en')
  const russian = await read('ru')
  assert.notEqual(english, russian)
  assert.deepEqual([await read('en'), await read('ru'), times], [english, russian, 2])
})
