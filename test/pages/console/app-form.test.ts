import assert from 'node:assert/strict'
import { test } from 'node:test'
import { administratorOn } from '#test/support/console.ts'
import { assertPage, sendForm } from '#test/support/forms.ts'
import { onSite } from '#test/support/site.ts'

const app = { name: 'Shop', kind: 'web', redirect_uris: 'https://shop.example/callback' }

onSite('the form of an app', (site) => {
  test('the form of a new app marks fields by kind, and unfolds advanced ones with an error', async () => {
    const { admin } = await administratorOn(site)
    const { text } = await admin.get('/admin/apps/new')
    const kindsOf = (name: string) =>
      new RegExp(
        `class="of-kinds ([a-z ]+)"><div class="(?:field|check)">(?:<label|<input)[^>]*"${name}"`,
      ).exec(text)?.[1]
    assert.deepEqual(
      ['redirect_uris', 'allowed_origins', 'hosts', 'pkce_optional', 'access_token_lifetime'].map(kindsOf),
      ['web browser native', 'browser', 'proxy', 'web', 'web browser native machine'],
    )
    assert.match(text, /<details class="advanced">\s*<summary>/)
    const wrong = await sendForm(admin, '/admin/apps/new', { ...app, access_token_lifetime: '1' })
    assertPage(wrong, 400)
    assert.match(wrong.text, /<details class="advanced" open>\s*<summary>/)
  })
})
