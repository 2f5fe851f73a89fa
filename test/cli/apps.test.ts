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

type Shown = { redirect_uris: string[]; apis: unknown }
