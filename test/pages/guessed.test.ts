import assert from 'node:assert/strict'
import { test } from 'node:test'
import { icon } from '#src/pages/assets.ts'
import { administratorOn } from '#test/support/console.ts'
import { arrivedOnPage, assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { onSite } from '#test/support/site.ts'

onSite('URLs that people guess', (site) => {
  const { browser } = site

  test('guessed URLs redirect to the pages, with their query', async () => {
    const leads = {
      '/login': '/sign-in',
      '/login?next=%2Faccount%2Fhistory': '/sign-in?next=%2Faccount%2Fhistory',
      '/signin': '/sign-in',
      '/register': '/sign-up',
      '/signup': '/sign-up',
      '/logout': '/sign-out',
      '/signout': '/sign-out',
      '/settings': '/account',
      '/console': '/admin',
      '/dashboard': '/admin',
      '/swagger': '/docs',
      '/favicon.ico': icon,
    }
    for (const [path, location] of Object.entries(leads)) assertLeads(await browser().get(path), location)
    const { admin } = await administratorOn(site)
    assertLeads(await admin.get('/admin/'), '/admin')
  })

  test('robots.txt tells search engines not to index anything', async () => {
    const { status, headers, text } = await browser().get('/robots.txt')
    assert.deepEqual([status, headers['content-type']], [200, 'text/plain; charset=utf-8'])
    assert.equal(text, 'User-agent: *\nDisallow: /\n')
  })

  test('the sign-out URL shows a button and signs no one out by itself', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    const page = await visitor.get('/sign-out')
    assertPage(page, 200)
    assert.ok(page.text.includes('method="post" action="/sign-out"'))
    assert.equal((await visitor.get('/account')).status, 200)
    assertLeads(await sendForm(visitor, '/sign-out'), '/sign-in')
    assertLeads(await visitor.get('/sign-out'), '/sign-in')
  })
})
