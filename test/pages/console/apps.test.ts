import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appById, secretDates } from '#src/apps/apps.sql.ts'
import { isSecretOf } from '#src/apps/client-secret.ts'
import { verifierOf } from '#src/revocations/verifier-keys.ts'
import { sql } from '#src/store/sql.ts'
import type { Client, Reply } from '#test/support/client.ts'
import { connectApp } from '#test/support/connect-app.ts'
import { administratorOn, somebody } from '#test/support/console.ts'
import { assertLeads, assertPage, sendForm } from '#test/support/forms.ts'
import { onSite, type Site } from '#test/support/site.ts'

const secretIn = ({ text }: Reply) => /<pre[^>]*><code>(sgs_[\w-]+)</.exec(text)?.[1] ?? ''

async function addedApi(admin: Client, site: Site): Promise<string> {
  const name = `api-${site.world().random.bytes(4).toString('hex')}`
  const fields = { name, audience: `https://${name}.example`, scopes: 'read = Read\nwrite = Write' }
  assertLeads(await sendForm(admin, '/admin/apis/new', fields), `/admin/apis/${name}`)
  return name
}

const app = { name: 'Shop', kind: 'web', redirect_uris: 'https://shop.example/callback' }

onSite('apps in the console', (site) => {
  const { world } = site

  test('an app is added in the console, and its secret is shown once', async () => {
    const { admin } = await administratorOn(site)
    const api = await addedApi(admin, site)
    const wrong = { ...app, redirect_uris: 'http://shop.example/callback\nftp://x' }
    const again = await sendForm(admin, '/admin/apps/new', wrong)
    assertPage(again, 400)
    assert.ok(again.text.includes('id="redirect_uris-problem"') && again.text.includes('ftp://x</textarea>'))
    assertPage(await sendForm(admin, '/admin/apps/new', { ...app, kind: 'strange' }), 400)
    const boxes = { [`api ${api}`]: 'yes', [`scope ${api} read`]: 'yes' }
    const created = await sendForm(admin, '/admin/apps/new', { ...app, ...boxes })
    assertPage(created, 200)
    const secret = secretIn(created)
    const [, id = ''] = /href="\/admin\/apps\/(app_[\w-]+)"/.exec(created.text) ?? []
    assert.equal(await isSecretOf(world(), id, secret), true)
    const stored = (await appById(world().db.query, id)) ?? assert.fail()
    assert.deepEqual(stored.apis, [{ name: api, audience: `https://${api}.example`, scopes: ['read'] }])
    const { text } = await admin.get(`/admin/apps/${id}`)
    assert.ok(text.includes(id) && !text.includes(secret))
    assert.ok((await admin.get(`/admin/apps?q=${id}&kind=web`)).text.includes(`href="/admin/apps/${id}"`))
    assert.ok((await admin.get(`/admin/apps?q=${id}&kind=native`)).text.includes('No app matches'))
  })

  test('adding an app without a secret redirects to its page, and edits change its fields', async () => {
    const { admin } = await administratorOn(site)
    const { headers } = await sendForm(admin, '/admin/apps/new', { ...app, kind: 'browser' })
    const path = headers.location ?? ''
    const form = await admin.get(`${path}/edit`)
    assert.ok(form.text.includes('https://shop.example/callback</textarea>'))
    const edit = { name: 'Shop 2', redirect_uris: 'https://two.example/callback', asks_consent: 'yes' }
    assertLeads(await sendForm(admin, `${path}/edit`, edit), path)
    const changed = await appById(world().db.query, path.split('/').at(-1) ?? '')
    const { name, kind, redirectUris, isFirstParty } = changed ?? assert.fail()
    const expected = ['Shop 2', 'browser', ['https://two.example/callback'], false]
    assert.deepEqual([name, kind, redirectUris, isFirstParty], expected)
    assertPage(await sendForm(admin, `${path}/edit`, { ...edit, pkce_optional: 'yes' }), 400)
    assertPage(await admin.get(`${path}/secret`), 409)
  })
})

onSite('flows and lifetimes of apps in the console', (site) => {
  const { world } = site

  test('a form sets and removes what an app is told, links to and how long its tokens live', async () => {
    const { admin } = await administratorOn(site)
    const flow = {
      ...{ backchannel_logout_uri: 'https://shop.example/logout', terms_uri: 'https://shop.example/terms' },
      ...{ privacy_uri: '', access_token_lifetime: '600', refresh_token_lifetime: '', device_flow: 'yes' },
    }
    const wrong = { ...app, kind: 'browser', ...flow, access_token_lifetime: 'ten', terms_uri: 'x' }
    const again = await sendForm(admin, '/admin/apps/new', wrong)
    assertPage(again, 400)
    assert.match(again.text, /id="access_token_lifetime-problem"/)
    const late = { ...wrong, access_token_lifetime: '86400' }
    assert.match((await sendForm(admin, '/admin/apps/new', late)).text, /id="access_token_lifetime-problem"/)
    const created = await sendForm(admin, '/admin/apps/new', { ...app, kind: 'browser', ...flow })
    const path = created.headers.location ?? assert.fail(created.text)
    const id = path.split('/').at(-1) ?? ''
    const stored = async () => (await appById(world().db.query, id)) ?? assert.fail()
    const { backchannelUri, termsUri, privacyUri, accessLifetimeMs, usesDeviceFlow } = await stored()
    assert.deepEqual(
      [backchannelUri, termsUri, privacyUri, accessLifetimeMs, usesDeviceFlow],
      ['https://shop.example/logout', 'https://shop.example/terms', undefined, 600_000, true],
    )
    const { text } = await admin.get(path)
    assert.ok(text.includes('https://shop.example/logout') && text.includes('600'))
    assert.ok((await admin.get(`${path}/edit`)).text.includes('value="600"'))
    const { device_flow: _, ...without } = { ...flow, access_token_lifetime: '', backchannel_logout_uri: '' }
    assertLeads(await sendForm(admin, `${path}/edit`, { ...app, ...without }), path)
    const edited = await stored()
    const { termsUri: terms } = edited
    assert.deepEqual(
      [edited.backchannelUri, terms, edited.accessLifetimeMs, edited.usesDeviceFlow],
      [undefined, 'https://shop.example/terms', undefined, false],
    )
  })

  test('the path rules of an app behind a proxy are written one a line', async () => {
    const { admin } = await administratorOn(site)
    const proxied = {
      name: 'Wiki',
      kind: 'proxy',
      hosts: `${world().random.bytes(4).toString('hex')}.example`,
    }
    const rules = '/admin = roles:editor,admin\n\n/health=public'
    const wrong = await sendForm(admin, '/admin/apps/new', { ...proxied, path_rules: '/admin roles:admin' })
    assertPage(wrong, 400)
    assert.match(wrong.text, /id="path_rules-problem"/)
    const created = await sendForm(admin, '/admin/apps/new', { ...proxied, path_rules: rules })
    const path = created.headers.location ?? assert.fail(created.text)
    const shown = '/admin = roles:editor,admin\n/health = public'
    assert.ok((await admin.get(`${path}/edit`)).text.includes(shown))
    assert.ok((await admin.get(path)).text.includes('/health = public'))
    assertLeads(await sendForm(admin, `${path}/edit`, { ...proxied, path_rules: '/a = aal2' }), path)
    const { site: after } = (await appById(world().db.query, path.split('/').at(-1) ?? '')) ?? assert.fail()
    assert.deepEqual(after?.rules, [
      { path: '/a', requires: { kind: 'signed_in', level: 'aal2', roles: [] } },
    ])
  })
})

onSite('secrets and the end of apps in the console', (site) => {
  const { world } = site

  test('a secret rotation keeps the previous secret until the next one, or revokes it now', async () => {
    const { admin } = await administratorOn(site)
    const created = await sendForm(admin, '/admin/apps/new', app)
    const [, id = ''] = /href="\/admin\/apps\/(app_[\w-]+)"/.exec(created.text) ?? []
    const first = secretIn(created)
    assertPage(await admin.get(`/admin/apps/${id}/secret`), 200)
    const second = secretIn(await sendForm(admin, `/admin/apps/${id}/secret`))
    assert.equal((await secretDates(world().db.query, id)).length, 2)
    for (const secret of [first, second]) assert.equal(await isSecretOf(world(), id, secret), true)
    const third = secretIn(await sendForm(admin, `/admin/apps/${id}/secret`, { end_previous: 'yes' }))
    assert.equal(await isSecretOf(world(), id, second), false)
    assert.equal(await isSecretOf(world(), id, third), true)
  })

  test('removing an app first shows how many users it signs out', async () => {
    const { admin, person } = await administratorOn(site)
    const [row] = await world().db.query(sql`select id from sessions where user_id = ${person.id}`)
    await connectApp(world(), { userId: person.id, sessionId: String(row?.id) })
    const { text } = await admin.get(`/admin/users/${person.id}`)
    const [, id = ''] = /href="\/admin\/apps\/(app_[\w-]+)"/.exec(text) ?? []
    const asked = await admin.get(`/admin/apps/${id}/remove`)
    assert.ok(asked.text.includes('1 user is signed out of the app. Grants that end: 1.'))
    assertLeads(await sendForm(admin, `/admin/apps/${id}/remove`), '/admin/apps')
    assert.equal(await appById(world().db.query, id), undefined)
    assertPage(await sendForm(admin, `/admin/apps/${id}/remove`), 404)
  })

  test('an app is removed from a user on the page of the user', async () => {
    const { admin } = await administratorOn(site)
    const visitor = site.browser()
    const user = await somebody(world())
    assertLeads(
      await sendForm(visitor, '/sign-in', { login: user.email, password: user.password }),
      '/account',
    )
    const [row] = await world().db.query(sql`select id from sessions where user_id = ${user.id}`)
    await connectApp(world(), { userId: user.id, sessionId: String(row?.id) })
    const { text } = await admin.get(`/admin/users/${user.id}`)
    const [, path = ''] = /href="([^"]+\/apps\/app_[\w-]+\/remove)"/.exec(text) ?? []
    assertPage(await admin.get(path), 200)
    assertLeads(await sendForm(admin, path), `/admin/users/${user.id}`)
    assert.ok((await admin.get(`/admin/users/${user.id}`)).text.includes('No app can act for this user.'))
    assertPage(await sendForm(admin, path), 404)
  })
})

onSite('apps that are disabled or described elsewhere', (site) => {
  const { world } = site

  test('an app is disabled and enabled in the console, and found by its state', async () => {
    const { admin } = await administratorOn(site)
    const { headers } = await sendForm(admin, '/admin/apps/new', { ...app, kind: 'browser' })
    const path = headers.location ?? ''
    const id = path.split('/').at(-1) ?? ''
    assertPage(await admin.get(`${path}/disable`), 200)
    assertLeads(await sendForm(admin, `${path}/disable`), path)
    assert.equal((await appById(world().db.query, id))?.isDisabled, true)
    const listed = async (state: string) =>
      (await admin.get(`/admin/apps?q=${id}&state=${state}`)).text.includes(path)
    assert.deepEqual([await listed('disabled'), await listed('enabled')], [true, false])
    assertLeads(await sendForm(admin, `${path}/enable`), path)
    assert.deepEqual([await listed('disabled'), await listed('enabled')], [false, true])
  })

  test('an app with a metadata document can be viewed and removed, but not edited', async () => {
    const { admin } = await administratorOn(site)
    const { headers } = await sendForm(admin, '/admin/apps/new', { ...app, kind: 'browser' })
    const id = `https://client.example/${world().random.bytes(4).toString('hex')}?a=b#c`
    await world().db.query(sql`update apps set client_id = ${id}, source = 'document'
      where client_id = ${headers.location?.split('/').at(-1) ?? ''}`)
    const path = `/admin/apps/${encodeURIComponent(id)}`
    const { text } = await admin.get(path)
    assert.ok(text.includes('described by a document at the URL of its client ID'))
    assert.ok(!text.includes('/edit"'))
    assertPage(await admin.get(`${path}/edit`), 404)
    assertPage(await sendForm(admin, `${path}/edit`, app), 404)
    assert.ok((await admin.get('/admin/apps')).text.includes(`href="${path}"`))
    assertLeads(await sendForm(admin, `${path}/remove`), '/admin/apps')
  })
})

onSite('APIs in the console', (site) => {
  const { world } = site

  test('an API and its verifier key are added, changed and removed in the console', async () => {
    const { admin } = await administratorOn(site)
    const name = await addedApi(admin, site)
    const path = `/admin/apis/${name}`
    const again = await sendForm(admin, '/admin/apis/new', {
      name,
      audience: 'https://x.example',
      scopes: '',
    })
    assertPage(again, 409)
    assert.ok(again.text.includes('id="name-problem"'))
    assertPage(await sendForm(admin, '/admin/apis/new', { name: 'no name', audience: 'x', scopes: '' }), 400)
    assertPage(await sendForm(admin, `${path}/scopes`, { scopes: 'openid = Not yours' }), 400)
    assertLeads(await sendForm(admin, `${path}/scopes`, { scopes: 'read = Read = all\n\nplain' }), path)
    const shown = await admin.get(`${path}/scopes`)
    assert.ok(shown.text.includes('\nread = Read\nplain = plain</textarea>'), shown.text)
    const issue = { name: `${name}-server`, api: name }
    const issued = await sendForm(admin, '/admin/verifiers/new', issue)
    const [, key = ''] = /SIGIL_VERIFIER_KEY=(sgv_[\w-]+)/.exec(issued.text) ?? []
    assert.equal((await verifierOf(world(), key))?.audience, `https://${name}.example`)
    assertPage(await sendForm(admin, '/admin/verifiers/new', issue), 409)
    assertPage(await sendForm(admin, '/admin/verifiers/new', { name: 'no name' }), 400)
    assertPage(await sendForm(admin, '/admin/verifiers/new', { name: 'x', api: 'nothing' }), 404)
    assertPage(await sendForm(admin, `${path}/remove`), 409)
    const remove = `/admin/verifiers/${name}-server/remove`
    assertPage(await admin.get(remove), 200)
    assertLeads(await sendForm(admin, remove), path)
    assertPage(await sendForm(admin, remove), 404)
    assertLeads(await sendForm(admin, `${path}/remove`), '/admin/apis')
    assertPage(await admin.get(path), 404)
  })
})
