import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '#test/support/engines.ts'
import { sigil, sigilJson } from '#test/support/sigil.ts'

onBothEngines('app and api commands', ({ freshPlace }) => {
  test('app and api commands register, list, show, rotate and remove', async () => {
    const place = await freshPlace()
    const run = async (...words: string[]) => {
      const { code, said } = await sigilJson(words, { place })
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
    const added = (await sigilJson(['app', 'add', 'Notes', ...kind, ...redirects], { place })).said
    const { client_id: id, client_secret: secret } = added as unknown as Record<string, string>
    assert.match(`${id} ${secret}`, /^app_[\w-]{22} sgs_[\w-]{43}$/)
    const shown = (await sigilJson(['app', 'show', id ?? ''], { place })).said as unknown as Shown
    assert.deepEqual(shown.redirect_uris, ['https://a.example.com/cb', 'https://b.example.com/cb'])
    assert.deepEqual(shown.apis, [{ name: 'notes', audience: 'https://n.example.com', scopes: ['read'] }])
    const listed = await sigil(['app', 'list'], { place })
    assert.match(listed.stdout, new RegExp(`${id} +web +Notes`))
    assert.equal(listed.stdout.includes(secret ?? ''), false)
    assert.deepEqual(await run('app', 'disable', id ?? ''), [0, undefined])
    assert.deepEqual(await run('app', 'disable', 'app_x'), [4, 'not_found'])
    const disabled = (await sigilJson(['app', 'show', id ?? ''], { place })).said as unknown as Shown
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

onBothEngines('flags of app add', ({ freshPlace }) => {
  test('app add takes what the API takes: logout URI, lifetimes, links and the device flow', async () => {
    const place = await freshPlace()
    const add = (...flags: string[]) =>
      sigilJson(
        ['app', 'add', 'Notes', '--kind', 'web', '--redirect', 'https://a.example.com/cb', ...flags],
        {
          place,
        },
      )
    const page = (name: string) => `https://a.example.com/${name}`
    const { said } = await add(
      ...['--backchannel', page('logout'), '--terms', page('terms'), '--privacy', page('privacy')],
      ...['--access-lifetime', '5m', '--refresh-lifetime', '30d', '--device-flow'],
    )
    const { client_id: id } = said as unknown as { client_id: string }
    const { said: shown } = await sigilJson(['app', 'show', id], { place })
    const { backchannel_logout_uri, terms_uri, privacy_uri, access_token_lifetime, refresh_token_lifetime } =
      shown as unknown as Record<string, unknown>
    assert.deepEqual(
      [backchannel_logout_uri, terms_uri, privacy_uri],
      ['logout', 'terms', 'privacy'].map(page),
    )
    assert.deepEqual([access_token_lifetime, refresh_token_lifetime], [300, 30 * 24 * 3600])
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
