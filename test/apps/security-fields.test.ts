import assert from 'node:assert/strict'
import { test } from 'node:test'
import { administered } from '#test/administration/administrator.ts'
import { newClientKey } from '#test/support/client-keys.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { sigilJson } from '#test/support/sigil.ts'

const web = { name: 'Bank', kind: 'web', redirect_uris: ['https://bank.example.com/callback'] }

onBothEngines('stricter rules of an app', (engine) => {
  const { admin } = administered(engine)
  const send = admin.call
  const pointersOf = (text: string) =>
    (JSON.parse(text) as { errors: { pointer: string; code: string }[] }).errors.map(
      ({ pointer, code }) => `${pointer} ${code}`,
    )

  test('an app with keys has no secret, and gets one when the keys are removed', async () => {
    const { jwks } = await newClientKey()
    const rules = { jwks, requires: ['fapi2'], id_token_alg: 'ES256', subject_type: 'pairwise' }
    const created = await send('POST', '/apps', { ...web, ...rules })
    assert.equal(created.status, 201, created.text)
    const { app, client_secret } = JSON.parse(created.text)
    assert.equal(client_secret, undefined)
    assert.deepEqual([app.jwks, app.requires, app.subject_type], [jwks, ['fapi2'], 'pairwise'])
    const path = `/apps/${app.client_id}`
    assert.equal((await send('POST', `${path}/rotate_secret`, {})).body.code, 'app_without_secret')
    const kept = await send('PATCH', path, { jwks: null })
    assert.deepEqual(pointersOf(kept.text), ['/requires not_fapi2'])
    const changed = await send('PATCH', path, { jwks: null, requires: [] })
    assert.equal(changed.status, 200, changed.text)
    assert.equal((await send('POST', `${path}/rotate_secret`, {})).status, 200)
  })

  test('conflicting rules are reported with their reasons', async () => {
    const uri = 'https://bank.example.com/jwks'
    const two = ['https://one.example.com/', 'https://two.example.com/']
    const wrong: [object, string][] = [
      [{ requires: ['signed_request'] }, '/requires keys_needed'],
      [{ requires: ['fapi2'], jwks_uri: uri }, '/requires not_fapi2'],
      [{ subject_type: 'pairwise', redirect_uris: two }, '/subject_type sector_needed'],
      [{ token_exchange: true }, '/token_exchange only_for_machines'],
      [{ jwks_uri: 'http://bank.example.com/jwks' }, '/jwks_uri bad_jwks_uri'],
      [{ jwks: { keys: [{ kty: 'oct', k: 'shared' }] } }, '/jwks bad_jwks'],
    ]
    for (const [fields, error] of wrong) {
      const reply = await send('POST', '/apps', { ...web, ...fields })
      assert.deepEqual([reply.status, pointersOf(reply.text)], [400, [error]], error)
    }
  })
})

onBothEngines('the flags of stricter rules', ({ freshPlace }) => {
  test('the command registers an app with keys and the FAPI 2.0 profile', async () => {
    const place = await freshPlace()
    const { jwks } = await newClientKey()
    const words = ['app', 'add', 'Bank', '--kind', 'web', '--redirect', 'https://bank.example.com/callback']
    const strict = ['--jwks', JSON.stringify(jwks), '--profile', 'fapi2', '--subject', 'pairwise']
    const { code, said } = await sigilJson([...words, ...strict], { place })
    assert.equal(code, 0, JSON.stringify(said))
    const { client_id: id = '', client_secret: secret } = said as unknown as Record<string, string>
    assert.equal(secret, undefined)
    const shown = (await sigilJson(['app', 'show', id], { place })).said as unknown as Record<string, unknown>
    assert.deepEqual([shown.requires, shown.id_token_alg], [['fapi2'], 'ES256'])
    const wrong = await sigilJson([...words, '--jwks', '{"keys":"x"}'], { place })
    assert.equal(wrong.code, 2)
  })
})
