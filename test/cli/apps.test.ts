import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { emptyApp } from '#src/apps/on-wire.ts'
import { exampleOf, frameworks, kindFor } from '#src/cli/frameworks.ts'
import { command, commandJson } from '#test/support/command.ts'
import { freshDatabaseUrl, onBothEngines } from '#test/support/engines.ts'
import { blocksOf } from '#test/support/guides.ts'
import { spawnServer } from '#test/support/processes.ts'
import { sigil } from '#test/support/sigil.ts'

onBothEngines('app and api commands', ({ freshPlace }) => {
  test('app and api commands register, list, show, rotate and remove', async () => {
    const place = await freshPlace()
    const run = async (...words: string[]) => {
      const { code, said } = await commandJson(words, { place })
      return [code, said.error?.code]
    }
    const scope = ['--scope', 'read=Read notes', '--scope', 'write=Write notes']
    assert.deepEqual(await run('api', 'add', 'notes', '--audience', 'https://n.example.com', ...scope), [
      0,
      undefined,
    ])
    assert.deepEqual(await run('api', 'add', 'notes', '--audience', 'https://n.example.com'), [
      5,
      'api_exists',
    ])
    assert.deepEqual(await run('api', 'add', 'x', '--audience', 'x'), [2, 'invalid_request'])
    const redirects = ['--redirect', 'https://a.example.com/cb', '--redirect', 'https://b.example.com/cb']
    const kind = ['--kind', 'web', '--api', 'notes:read']
    const added = (await commandJson(['app', 'add', 'Notes', ...kind, ...redirects], { place })).said
    const { client_id: id, client_secret: secret } = added as unknown as Record<string, string>
    assert.match(`${id} ${secret}`, /^app_[\w-]{22} sgs_[\w-]{43}$/)
    const shown = (await commandJson(['app', 'show', id ?? ''], { place })).said as unknown as Shown
    assert.deepEqual(shown.redirect_uris, ['https://a.example.com/cb', 'https://b.example.com/cb'])
    assert.deepEqual(shown.apis, [{ name: 'notes', audience: 'https://n.example.com', scopes: ['read'] }])
    const listed = await command(['app', 'list'], { place })
    assert.match(listed.stdout, new RegExp(`${id} +web +Notes`))
    assert.equal(listed.stdout.includes(secret ?? ''), false)
    assert.deepEqual(await run('app', 'disable', id ?? ''), [0, undefined])
    assert.deepEqual(await run('app', 'disable', 'app_x'), [4, 'not_found'])
    const disabled = (await commandJson(['app', 'show', id ?? ''], { place })).said as unknown as Shown
    assert.equal(disabled.disabled, true)
    assert.deepEqual(await run('app', 'enable', id ?? ''), [0, undefined])
    assert.deepEqual(await run('app', 'enable', 'app_x'), [4, 'not_found'])
    assert.deepEqual(await run('app', 'rotate-secret', id ?? '', '--end-previous'), [0, undefined])
    assert.deepEqual(await run('api', 'remove', 'notes'), [5, 'api_in_use'])
    assert.deepEqual(await run('verifier', 'add', 'notes-api', '--api', 'nothing'), [4, 'not_found'])
    assert.deepEqual(await run('app', 'remove', id ?? ''), [0, undefined])
    assert.deepEqual(await run('app', 'remove', id ?? ''), [4, 'not_found'])
    assert.deepEqual(await run('api', 'remove', 'notes'), [0, undefined])
    assert.deepEqual(await run('app', 'add', 'X', '--kind', 'browser'), [2, 'invalid_request'])
    assert.deepEqual(await run('app', 'add', 'X', '--kind', 'web', '--api', 'nothing'), [
      2,
      'invalid_request',
    ])
  })
})

test('the commands in the guide plan and apply its file, with secrets from their environment', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const file = join(place.dataDir, 'apps.json')
  const guide = readFileSync(new URL('../../docs/guides/apps-file.md', import.meta.url), 'utf8')
  const [json, commands, plan] = blocksOf(guide).map(({ text }) => text)
  const [planning = '', applying = '', ...more] = commands?.trim().split('\n').slice(1) ?? []
  assert.deepEqual(more, [])
  writeFileSync(file, json ?? '')
  await spawnServer(place)
  const run = (line: string, secret = 'a secret of at least 32 characters') =>
    sigil(line.split(' ').slice(1), { place, env: { NOTES_CLIENT_SECRET: secret }, cwd: place.dataDir })
  const [unset] = (await run(planning, '')).stderr.split('\n')
  assert.equal(unset, 'app_notes: NOTES_CLIENT_SECRET is not set in the environment.')
  for (const line of [planning, applying]) {
    assert.deepEqual(await run(line), { code: 0, stdout: plan, stderr: '' })
  }
  assert.equal((await run(applying)).stdout, 'Nothing to change.\n')
  assert.equal((await run('sigil app remove app_notes')).code, 5)
  writeFileSync(file, '{}')
  assert.match((await run(planning)).stdout, /app app_notes is not in the file\. --remove removes it\./)
  assert.match((await run(`${applying} --remove`)).stdout, /^- app app_notes\n- api notes\n/)
  writeFileSync(file, '{"app": []}')
  assert.match(
    (await run(applying)).stderr,
    /^Unknown field `app`\. Did you mean `apps`\?\nNothing was changed\.\n/,
  )
  const schema = readFileSync('docs/reference/apps-file.schema.json', 'utf8')
  assert.equal((await run('sigil apps schema')).stdout, schema)
})

test('--framework registers an app with the URLs of its example, and prints the example', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const add = ['app', 'add', 'Notes', '--kind', 'web', '--framework']
  const { stdout } = await command([...add, 'express'], { place })
  const express = readFileSync('examples/sign-in/express.mjs', 'utf8')
  assert.ok(stdout.includes(express), stdout)
  const [, secret = ''] = /^ *Client secret +(\S+)$/m.exec(stdout) ?? []
  assert.match(stdout, new RegExp(`^export CLIENT_SECRET=${secret}$`, 'm'))
  const [, id = ''] = /^export CLIENT_ID=(\S+)$/m.exec(stdout) ?? []
  const shown = (await commandJson(['app', 'show', id], { place })).said as unknown as Shown
  assert.deepEqual(shown.redirect_uris, ['http://localhost:3000/callback'])
  const wrong = await commandJson([...add, 'spa'], { place })
  assert.deepEqual([wrong.code, wrong.said.error.code], [2, 'usage'])
})

test('every framework has an example whose files exist', () => {
  const app = {
    ...emptyApp,
    clientId: 'app_x',
    name: 'x',
    isManaged: false,
    isDisabled: false,
    epoch: '',
    createdAt: 0,
  }
  for (const framework of frameworks) {
    const kind = kindFor(framework)
    const lines = exampleOf(framework, {
      app: { ...app, kind },
      secret: 'sgs_x',
      issuer: 'http://localhost:8000',
    })
    assert.ok(lines.length > 30, framework)
    assert.ok(lines.includes('export CLIENT_ID=app_x'))
  }
})

onBothEngines('flags of app add', ({ freshPlace }) => {
  test('app add accepts the fields of the API: logout URI, lifetimes, links, device flow', async () => {
    const place = await freshPlace()
    const add = (...flags: string[]) =>
      commandJson(
        ['app', 'add', 'Notes', '--kind', 'web', '--redirect', 'https://a.example.com/cb', ...flags],
        {
          place,
        },
      )
    const page = (name: string) => `https://a.example.com/${name}`
    const { said } = await add(
      ...['--backchannel', page('logout'), '--terms', page('terms'), '--privacy', page('privacy')],
      ...['--client-uri', page('')],
      ...['--access-lifetime', '5m', '--refresh-lifetime', '30d', '--device-flow'],
    )
    const { client_id: id } = said as unknown as { client_id: string }
    const { said: shown } = await commandJson(['app', 'show', id], { place })
    const { backchannel_logout_uri, client_uri, terms_uri, privacy_uri, ...rest } =
      shown as unknown as Record<string, unknown>
    assert.deepEqual(
      [backchannel_logout_uri, client_uri, terms_uri, privacy_uri],
      ['logout', '', 'terms', 'privacy'].map(page),
    )
    assert.deepEqual([rest.access_token_lifetime, rest.refresh_token_lifetime], [300, 30 * 24 * 3600])
    for (const flags of [
      ['--backchannel', 'ftp://x'],
      ['--access-lifetime', '2h'],
      ['--terms', 'x'],
    ]) {
      const { code } = await add(...flags)
      assert.equal(code, 2, flags.join(' '))
    }
  })
})

type Shown = { redirect_uris: string[]; apis: unknown; disabled: boolean }
