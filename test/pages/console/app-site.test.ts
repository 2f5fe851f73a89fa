import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appById } from '#src/apps/apps.sql.ts'
import { administratorOn } from '#test/support/console.ts'
import { assertPage, sendForm } from '#test/support/forms.ts'
import { onSite } from '#test/support/site.ts'

onSite('the web site of an app in the console', (site) => {
  test('a form sets the web site of an app, and takes https alone', async () => {
    const { admin } = await administratorOn(site)
    const app = { name: 'Shop', redirect_uris: 'https://shop.example/callback' }
    const sent = { ...app, kind: 'browser', client_uri: 'https://shop.example/' }
    assertPage(await sendForm(admin, '/admin/apps/new', { ...sent, client_uri: 'http://localhost/' }), 400)
    const created = await sendForm(admin, '/admin/apps/new', sent)
    const id = created.headers.location?.split('/').at(-1) ?? assert.fail(created.text)
    assert.equal((await appById(site.world().db.query, id))?.clientUri, 'https://shop.example/')
  })
})
