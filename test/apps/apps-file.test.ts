import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { applyApps, planApps } from '#src/apps/apply-apps.ts'
import { appById } from '#src/apps/apps.sql.ts'
import { type DescribedApps, describedApps } from '#src/apps/apps-file.ts'
import { disable } from '#src/apps/end-app.ts'
import { byCli, bySystem } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { newAdministrator } from '#test/administration/administrator.ts'
import { claimsIn, type TestApp, tokenCall, tokensFor, tokensIn } from '#test/support/app-sign-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { startServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const secret = 'a secret of at least 32 characters'
const redirectUri = 'https://notes.example.com/callback'

/** A file with one API and one web app, which tests change. */
const base = {
  apis: [{ name: 'notes', audience: 'https://notes.example.com', scopes: { read: 'Read your notes' } }],
  apps: [
    {
      ...{ client_id: 'app_notes', kind: 'web', name: 'Notes', redirect_uris: [redirectUri] },
      ...{ apis: [{ name: 'notes' }], client_secrets: [{ env: 'NOTES_SECRET' }] },
    },
  ],
}

function described(document: unknown, text = secret): DescribedApps {
  return describedApps(document, () => ({ kind: 'secret', text }))
}

const byStart = { by: bySystem, removes: false }
const kept = { by: byCli, removes: false }
const removed = { by: byCli, removes: true }

/** The audit events of all apps and APIs, in order. */
async function eventsIn({ db }: World): Promise<string[]> {
  const rows = await db.query(sql`select event, target_id, actor_kind from audit_events
    where target_kind in ('app', 'api') order by at, id`)
  return rows.map(({ event, target_id, actor_kind }) => `${event} ${target_id} by ${actor_kind}`).sort()
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-apps-'))
  after(() => rmSync(folder, { recursive: true }))
  return folder
}

const asChanges = (changes: readonly { change: string; id: string; fields: readonly string[] }[]) =>
  changes.map(({ change, id, fields }) => [change, id, ...fields].join(' '))

onBothEngines('the file of apps at start', ({ freshPlace }) => {
  test('a node applies the file at start, its app signs users in, and only the file changes it', async () => {
    const folder = newFolder()
    const path = join(folder, 'apps.json')
    const inFile = { ...base, apps: [{ ...base.apps[0], client_secrets: [{ file: 'secret' }] }] }
    writeFileSync(join(folder, 'secret'), `${secret}\n`)
    writeFileSync(path, JSON.stringify(inFile))
    const place = await freshPlace()
    const first = await startServer(place, { SIGIL_APPS_FILE: path })
    const added = ['api.added notes by system', 'app.added app_notes by system']
    assert.deepEqual(await eventsIn(first.world), added)
    const app: TestApp = { id: 'app_notes', secret, redirectUri }
    const browser = browserAt(first.url)
    await arrivedOnPage(browser)
    const { access_token: token } = await tokensFor(browser, clientAt(first.url), app, {
      scope: 'openid read',
    })
    assert.equal(claimsIn(token).aud, 'https://notes.example.com')

    const admin = await newAdministrator(first)
    const calls = [
      ['PATCH', '/apps/app_notes', { name: 'Other' }],
      ['DELETE', '/apps/app_notes'],
      ['POST', '/apps/app_notes/rotate_secret', {}],
      ['PATCH', '/apis/notes', { scopes: {} }],
      ['DELETE', '/apis/notes'],
    ] as const
    for (const [method, url, json] of calls) {
      const reply = await admin.call(method, url, json)
      assert.deepEqual([reply.status, reply.body.code], [409, 'managed_by_file'], `${method} ${url}`)
    }
    const page = browserAt(first.url)
    await signedInOnPage(page, admin.person.email)
    for (const url of ['/admin/apps/app_notes', '/admin/apis/notes']) {
      assert.match((await page.get(url)).text, /Managed by the apps file/)
      assert.equal((await sendForm(page, `${url}/remove`)).status, 409)
    }
    const shown = (await admin.call('GET', '/apps/app_notes')).body as never as {
      managed: boolean
      name: string
    }
    assert.deepEqual([shown.managed, shown.name], [true, 'Notes'])
    await first.stop()

    const again = await startServer(place, { SIGIL_APPS_FILE: path })
    assert.deepEqual(await eventsIn(again.world), added)
    await again.stop()
    const next = { ...base.apps[0], client_secrets: [{ env: 'NEW' }, { file: 'secret' }] }
    writeFileSync(path, JSON.stringify({ ...base, apps: [next] }))
    await assert.rejects(startServer(place, { SIGIL_APPS_FILE: path }), /SIGIL_APPS_FILE is .*: NEW is not/s)
    const env = { SIGIL_APPS_FILE: path, NEW: 'another secret of at least 32 characters' }
    const third = await startServer(place, env)
    for (const one of [secret, env.NEW]) {
      const form = { grant_type: 'refresh_token', refresh_token: 'x' }
      const reply = await tokenCall(clientAt(third.url), { ...app, secret: one }, form)
      assert.equal(tokensIn(reply).error, 'invalid_grant')
    }
    assert.deepEqual(await eventsIn(third.world), [...added, 'app.changed app_notes by system'])
  })
})

/** The same file with other names. */
const named = (name: string) => ({
  apis: [{ name, audience: `https://${name}.example.com`, scopes: { read: 'Read' } }],
  apps: [{ ...base.apps[0], client_id: `app_${name}`, apis: [{ name }] }],
})
const secretOf = (name: string) => `the secret of ${name}, which is long enough`

onBothEngines('applying a file of apps', (engine) => {
  const server = serverForSuite(engine)

  test('twenty nodes that start at once add each app once', async () => {
    const { world } = server()
    const file = described(named('crowd'), secretOf('crowd'))
    const all = await Promise.all(Array.from({ length: 20 }, () => applyApps(world, file, byStart)))
    const adding = all.filter(({ changes }) => changes.some(({ change }) => change === 'add'))
    assert.equal(adding.length, 1)
    const events = (await eventsIn(world)).filter((event) => event.includes('crowd'))
    assert.deepEqual(events, ['api.added crowd by system', 'app.added app_crowd by system'])
  })

  test('a plan reports what applying changes, and changes nothing', async () => {
    const { world } = server()
    const file = named('plans')
    const first = described(file, secretOf('plans'))
    const before = await eventsIn(world)
    const ours = (changes: Parameters<typeof asChanges>[0]) =>
      asChanges(changes.filter(({ id }) => id.includes('plans')))
    assert.deepEqual(ours(await planApps(world, first, kept)), ['add plans', 'add app_plans'])
    assert.deepEqual(await eventsIn(world), before)
    const { changes } = await applyApps(world, first, kept)
    assert.deepEqual(ours(changes), ['add plans', 'add app_plans'])
    const edited = {
      apis: [{ ...file.apis[0], scopes: { read: 'Read', write: 'Write' } }],
      apps: [{ ...file.apps[0], name: 'Renamed', first_party: false }],
    }
    const second = described(edited, secretOf('other plans'))
    const expected = ['change plans scopes', 'change app_plans name apis first_party client_secrets']
    assert.deepEqual(ours(await planApps(world, second, kept)), expected)
    assert.deepEqual(ours((await applyApps(world, second, kept)).changes), expected)
    assert.deepEqual(ours(await planApps(world, second, kept)), ['none plans', 'none app_plans'])
  })
})

onBothEngines('removing what a file of apps no longer lists', (engine) => {
  const server = serverForSuite(engine)

  test('an app that is no longer listed stays; when it is removed, its tokens end', async () => {
    const { world, url } = server()
    const file = { ...base, ...named('leaving') }
    await applyApps(world, described(file, secretOf('leaving')), kept)
    const app: TestApp = { id: 'app_leaving', secret: secretOf('leaving'), redirectUri }
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const tokens = await tokensFor(browser, clientAt(url), app, { scope: 'openid' })
    const nothing = described({})
    const ours = (changes: Parameters<typeof asChanges>[0]) =>
      asChanges(changes.filter(({ id }) => id.includes('leaving')))
    assert.deepEqual(ours((await applyApps(world, nothing, kept)).changes), [
      'unlisted app_leaving',
      'unlisted leaving',
    ])
    const others = described({ apis: [], apps: [] })
    const { changes, propagated } = await applyApps(world, others, removed)
    assert.deepEqual(ours(changes), ['remove app_leaving', 'remove leaving'])
    assert.equal((await propagated)?.everywhere, true)
    const refreshed = await tokenCall(clientAt(url), app, {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
    })
    assert.equal(tokensIn(refreshed).error, 'invalid_client')
    await assert.rejects(planApps(world, described(file, secretOf('leaving')), kept), /It can be used again/)
  })

  test('a file that cannot be applied changes nothing and reports every problem', async () => {
    const { world } = server()
    const before = await eventsIn(world)
    const file = named('wrong')
    const bad = {
      apis: [...file.apis, { name: 'own', audience: world.settings.publicUrl }],
      apps: [
        { ...file.apps[0], redirect_uris: ['http://wrong.example.com/'] },
        {
          client_id: 'app_spa',
          kind: 'browser',
          name: 'x',
          redirect_uris: [redirectUri],
          apis: [{ name: 'none' }],
        },
      ],
    }
    await assert.rejects(applyApps(world, described(bad, secretOf('wrong')), kept), (error: Error) => {
      const places = error.message.split('\n').map((line) => line.split(' ').slice(0, 2).join(' '))
      assert.deepEqual(places, ['own: audience:', 'app_wrong: redirect_uris:', 'app_spa: apis:'])
      return true
    })
    assert.deepEqual(await eventsIn(world), before)
  })
})

onBothEngines('apps behind a proxy in a file of apps', (engine) => {
  const server = serverForSuite(engine)

  test('hosts and rules are applied and compared, and a disabled app stays disabled', async () => {
    const { world } = server()
    const wiki = { client_id: 'app_wiki', kind: 'proxy', name: 'Wiki', hosts: ['wiki.example.com'] }
    const apply = async (...apps: object[]) =>
      asChanges((await applyApps(world, described({ apps }), kept)).changes)
    assert.deepEqual(await apply(wiki), ['add app_wiki'])
    assert.deepEqual(await apply(wiki), ['none app_wiki'])
    await disable(world, { clientId: 'app_wiki', by: byCli })
    const open = { ...wiki, path_rules: [{ path: '/public', requires: 'public' }] }
    assert.deepEqual(await apply(open), ['change app_wiki path_rules'])
    assert.equal((await appById(world.db.query, 'app_wiki'))?.isDisabled, true)
    assert.deepEqual(await apply(open), ['none app_wiki'])
    const second = { ...wiki, client_id: 'app_other' }
    await assert.rejects(apply(open, second), /^AppsFileProblem: app_other: hosts: /)
    await assert.rejects(apply({ ...wiki, hosts: ['not a host'] }), /^AppsFileProblem: app_wiki: hosts: /)
    assert.deepEqual(await apply(open), ['none app_wiki'])
  })

  test('an app with keys needs no secret', async () => {
    const { world } = server()
    const jwks_uri = 'https://keys.example.com/jwks.json'
    const keyed = { client_id: 'app_keys', kind: 'machine', name: 'Keys', jwks_uri }
    const { changes } = await applyApps(world, described({ apps: [keyed] }), kept)
    assert.ok(asChanges(changes).includes('add app_keys'))
  })
})
