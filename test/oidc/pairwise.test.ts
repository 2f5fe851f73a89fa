import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerToApp,
  authorizePath,
  claimsIn,
  formCall,
  newPkce,
  registerApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const pairwise = { subjectType: 'pairwise' } as const
const at = (host: string, path = 'callback') => ({ redirectUris: [`https://${host}/${path}`] })

onBothEngines('pairwise ids of users', (engine) => {
  const server = serverForSuite(engine)

  test('apps on one host see the same id of a user, and apps on another host a different one', async () => {
    const { world, url } = server()
    const apps = [
      await registerApp(world, { ...pairwise, ...at('one.example.com') }),
      await registerApp(world, { ...pairwise, ...at('one.example.com', 'other') }),
      await registerApp(world, { ...pairwise, ...at('two.example.com') }),
      await registerApp(world, at('three.example.com')),
    ]
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const client = clientAt(url)
    const subjects: string[] = []
    for (const app of apps) {
      const { access_token, id_token, refresh_token } = await tokensFor(browser, client, app)
      const sub = claimsIn(id_token).sub as string
      const info = await client.get('/oauth/userinfo', { bearer: access_token })
      const refreshed = tokensIn(await tokenCall(client, app, { grant_type: 'refresh_token', refresh_token }))
      const seen = await formCall(client, '/oauth/introspect', app, { token: access_token })
      const all = [claimsIn(access_token).sub, claimsIn(refreshed.id_token).sub, JSON.parse(seen.text).sub]
      assert.deepEqual([...all, JSON.parse(info.text).sub], [sub, sub, sub, sub])
      subjects.push(sub)
    }
    const [first, second, third, fourth] = subjects
    assert.equal(first, second)
    assert.equal(new Set([first, third, fourth]).size, 3)
  })

  test('an ID token with a pairwise id is a hint for the user, and signs out', async () => {
    const { world, url } = server()
    const app = await registerApp(world, { ...pairwise, ...at('hint.example.com') })
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const { id_token: id_token_hint } = await tokensFor(browser, clientAt(url), app)
    const silent = authorizePath(app, newPkce(), { prompt: 'none', id_token_hint })
    assert.ok((await answerToApp(browser, silent, app)).get('code'))
    const stranger = browserAt(url)
    await arrivedOnPage(stranger)
    assert.equal((await answerToApp(stranger, silent, app)).get('error'), 'login_required')
    const left = await browser.get(`/oauth/logout?${new URLSearchParams({ id_token_hint })}`)
    assert.equal(left.headers.location, '/sign-in')
  })
})

onBothEngines('the salt of pairwise ids', (engine) => {
  const server = serverForSuite(engine)

  test('twenty concurrent first sign-ins all use the same salt', async () => {
    const { world, url } = server()
    const app = await registerApp(world, { ...pairwise, ...at('many.example.com') })
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const all = await atOnce(20, () => tokensFor(browser, clientAt(url), app))
    assert.equal(new Set(all.map(({ id_token }) => claimsIn(id_token).sub)).size, 1)
  })

  test('an app with redirect URIs of two hosts, or a machine, has no pairwise ids', async () => {
    const { world } = server()
    const redirectUris = ['https://one.example.com/', 'https://two.example.com/']
    await assert.rejects(registerApp(world, { ...pairwise, redirectUris }), { code: 'invalid_request' })
    await assert.rejects(registerApp(world, { ...pairwise, kind: 'machine' }), { code: 'invalid_request' })
  })

  test('discovery lists both kinds of ids', async () => {
    const { body } = await clientAt(server().url).get('/.well-known/openid-configuration')
    const { subject_types_supported: kinds } = body as unknown as Record<string, string[]>
    assert.deepEqual(kinds, ['public', 'pairwise'])
  })
})
